using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// All private members of HttpListener that are used here: enough to hand it connections that were accepted elsewhere, over
/// a stream that is ours. That avoids the defects of its own accept loop on Linux: a start that crashes when a client
/// connects at that moment, prefixes that cannot name an address without also requiring that Host, no IPv6, and a busy loop
/// when file descriptors run out. A test fails when the runtime changes any of these names.
/// </summary>
internal static class HttpListenerInternals
{
    private const string EndPointListener = "System.Net.HttpEndPointListener, System.Net.HttpListener";
    private const string Connection = "System.Net.HttpConnection, System.Net.HttpListener";
    private const string Prefix = "System.Net.ListenerPrefix, System.Net.HttpListener";

    /// <summary>Makes the object that HttpListener keeps for each port, on an arbitrary port that is closed at once.</summary>
    internal static object NewEndPointListener(System.Net.HttpListener listener)
    {
        var endPointListener = NewEndPointListener(listener, IPAddress.Loopback, 0, false);
        SocketOf(endPointListener).Dispose();
        AddPrefix(endPointListener, NewPrefix("http://*:1/"), listener); // any Host, any port, any path
        return endPointListener;
    }

    /// <summary>Hands over a connection. HttpListener starts to read requests from <paramref name="stream"/>.</summary>
    internal static void Attach(object endPointListener, Socket socket, Stream stream)
    {
        var connection = NewConnection(socket, endPointListener, false, null!);
        StreamOf(connection) = stream;
        BeginReadRequest(connection);
    }

    /// <summary>The stream of a request's connection.</summary>
    internal static Stream StreamOf(HttpListenerContext context) => StreamOf(ConnectionOf(context));

    /// <summary>Takes a request that HttpListener has read; null if there is none.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetContextFromQueue")]
    internal static extern HttpListenerContext? TakeContext(System.Net.HttpListener listener);

    /// <summary>Makes HttpListener believe that it has sent the response head.</summary>
    internal static void MarkStarted(HttpListenerResponse response) => SetSentHeaders(response, true);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_SentHeaders")]
    private static extern void SetSentHeaders(HttpListenerResponse response, bool value);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType(EndPointListener)]
    private static extern object NewEndPointListener(System.Net.HttpListener listener, IPAddress address, int port, bool secure);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref Socket SocketOf([UnsafeAccessorType(EndPointListener)] object endPointListener);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType(Prefix)]
    private static extern object NewPrefix(string prefix);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "AddPrefix")]
    private static extern void AddPrefix(
        [UnsafeAccessorType(EndPointListener)] object endPointListener, [UnsafeAccessorType(Prefix)] object prefix, System.Net.HttpListener listener);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType(Connection)]
    private static extern object NewConnection(
        Socket socket, [UnsafeAccessorType(EndPointListener)] object endPointListener, bool secure,
        System.Security.Cryptography.X509Certificates.X509Certificate certificate);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_stream")]
    private static extern ref Stream StreamOf([UnsafeAccessorType(Connection)] object connection);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "BeginReadRequest")]
    private static extern void BeginReadRequest([UnsafeAccessorType(Connection)] object connection);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Connection")]
    [return: UnsafeAccessorType(Connection)]
    private static extern object ConnectionOf(HttpListenerContext context);
}
