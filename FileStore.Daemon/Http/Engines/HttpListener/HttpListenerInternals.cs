using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// Everything private of HttpListener that we touch, in one place: enough to hand it connections that we accepted
/// ourselves, with a stream of ours between it and the socket. That cures what its own accept loop does wrong on Linux
/// (a start that crashes when a client connects at that moment, prefixes that cannot name an address without
/// also demanding the Host, no IPv6, a spin when file descriptors run out). A test fails as soon as the runtime
/// changes any of these names.
/// </summary>
internal static class HttpListenerInternals
{
    private const string EndPointListener = "System.Net.HttpEndPointListener, System.Net.HttpListener";
    private const string Connection = "System.Net.HttpConnection, System.Net.HttpListener";
    private const string Prefix = "System.Net.ListenerPrefix, System.Net.HttpListener";

    /// <summary>The object that HttpListener keeps for each port, made for one that nobody knows and then closed.</summary>
    internal static object NewEndPointListener(System.Net.HttpListener listener)
    {
        var endPointListener = NewEndPointListener(listener, IPAddress.Loopback, 0, false);
        SocketOf(endPointListener).Dispose();
        AddPrefix(endPointListener, NewPrefix("http://*:1/"), listener); // any Host, any port, any path
        return endPointListener;
    }

    /// <summary>Hands a connection over. HttpListener begins to read requests from <paramref name="stream"/>.</summary>
    internal static void Attach(object endPointListener, Socket socket, Stream stream)
    {
        var connection = NewConnection(socket, endPointListener, false, null!);
        StreamOf(connection) = stream;
        BeginReadRequest(connection);
    }

    /// <summary>The stream that was given with the connection of this request.</summary>
    internal static Stream StreamOf(HttpListenerContext context) => StreamOf(ConnectionOf(context));

    /// <summary>A request that it has read and that nobody has taken yet; null if there is none.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetContextFromQueue")]
    internal static extern HttpListenerContext? TakeContext(System.Net.HttpListener listener);

    /// <summary>Tells it that the head of an answer is out, so that it writes none.</summary>
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
