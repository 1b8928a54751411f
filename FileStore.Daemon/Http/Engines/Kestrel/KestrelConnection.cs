using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using FileStore.Daemon.Http.Engines.HttpListener;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>A client's connection to Kestrel.</summary>
internal sealed class KestrelConnection
{
    internal static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly ConnectionContext _connection;
    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private readonly long _connectedAt;
    private readonly TransferRate _finalSend;
    private volatile bool _isRunning;

    private KestrelConnection(ConnectionContext connection, bool isSecure, TimeProvider time)
    {
        _connection = connection;
        (_time, _connectedAt) = (time, time.GetTimestamp());
        _socket = connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        _finalSend = NewRate(sending: true);
        Client = Peer.Plain(((IPEndPoint)connection.RemoteEndPoint!).Address);
        IsSecure = isSecure;
    }

    /// <summary>The other end's address.</summary>
    internal IPAddress Client { get; }

    internal bool IsSecure { get; }

    /// <summary>Set while an exchange answers: all that goes out otherwise is Kestrel talking by itself.</summary>
    internal bool IsResponding { get; set; }

    /// <summary>Set while an exchange has a body that may be read. Told by HTTP/1 alone.</summary>
    internal bool HasBody { get; set; }

    /// <summary>Whether the last request line that came names a version of HTTP, be it one that is not served.</summary>
    internal bool NamesVersion { get; set; }

    /// <summary>Set when a request was refused whose end was not looked for, after which nothing more is read. HTTP/1 alone.</summary>
    internal bool IsRefused { get; set; }

    /// <summary>Follows the coding of the body of the last request, where it is chunked; else null. HTTP/1 alone has it.</summary>
    internal ChunkedFraming? Chunks { get; set; }

    /// <summary>Whether it is to end as soon as what was written on it has been sent.</summary>
    internal bool IsEnding { get; private set; }

    /// <summary>Whether the socket was closed, by whichever side.</summary>
    internal bool IsClosed => !_socket.Connected;

    /// <summary>Takes note of a new connection.</summary>
    internal static KestrelConnection Attach(ConnectionContext connection, bool isSecure, TimeProvider time)
    {
        var attached = new KestrelConnection(connection, isSecure, time);
        connection.Features.Set(attached);
        return attached;
    }

    /// <summary>The connection to which these features belong, or those of a request on it.</summary>
    internal static KestrelConnection Of(IFeatureCollection features) => features.GetRequiredFeature<KestrelConnection>();

    /// <summary>Carries HTTP, once TLS is there if it is wanted, to the connection's end.</summary>
    internal async Task RunAsync(AccessLog access, ConnectionDelegate next)
    {
        _isRunning = true;
        using var clientGone = new CancellationTokenSource();
        Http1Pipes? http1 = null;
        if (_connection.Features.Get<ISslStreamFeature>()?.SslStream.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
        {
            _connection.Transport = http1 = new Http1Pipes(_connection.Transport, this, clientGone, access);
            _connection.ConnectionClosed = clientGone.Token; // in which a client that closed its own side counts as here
        }

        try
        {
            await next(_connection);
            if (IsRefused && http1 is not null)
                await http1.LingerAsync();
        }
        finally
        {
            _finalSend.BeginWait(); // what the client has not fetched yet
        }
    }

    /// <summary>To be called once a second, by one thread. True when it neither comes to a handshake nor to an end.</summary>
    internal bool IsOverdue() => _isRunning
        ? _finalSend.IsTooSlow()
        : IsSecure && _time.GetElapsedTime(_connectedAt) > HandshakeTimeout;

    /// <summary>Has it end, before Kestrel is told to end them all.</summary>
    internal void BeginClose()
    {
        IsEnding = true;
        if (!_isRunning)
            Abort(); // nobody has asked for anything, and Kestrel would wait for the handshake
    }

    internal void Abort() => _connection.Abort();

    /// <summary>Measures a transfer on this connection; what is sent is seen below TLS, and for all that the connection carries.</summary>
    internal bool HasClientLeft => Peer.HasClosed(_socket);

    internal TransferRate NewRate(bool sending) => new(_socket, sending);
}
