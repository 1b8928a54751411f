using System.Net;
using System.Net.Security;
using System.Net.Sockets;
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

    /// <summary>The client's address.</summary>
    internal IPAddress Client { get; }

    internal bool IsSecure { get; }

    /// <summary>Set while an exchange writes its response. Everything else that is sent comes from Kestrel itself.</summary>
    internal bool IsResponding { get; set; }

    /// <summary>Set while an exchange has an unread body. HTTP/1 only.</summary>
    internal bool HasBody { get; set; }

    /// <summary>Whether the last request line names an HTTP version, supported or not.</summary>
    internal bool NamesVersion { get; set; }

    /// <summary>Set when a request was rejected without reading its end. Nothing more is read then. HTTP/1 only.</summary>
    internal bool IsRefused { get; set; }

    /// <summary>Checks the chunked body of the current request; null if it is not chunked. HTTP/1 only.</summary>
    internal ChunkedFraming? Chunks { get; set; }

    /// <summary>Whether the connection closes as soon as pending output is sent.</summary>
    internal bool IsEnding { get; private set; }

    /// <summary>Whether either side has closed the socket.</summary>
    internal bool IsClosed => !_socket.Connected;

    /// <summary>Attaches an object to a new connection.</summary>
    internal static KestrelConnection Attach(ConnectionContext connection, bool isSecure, TimeProvider time)
    {
        var attached = new KestrelConnection(connection, isSecure, time);
        connection.Features.Set(attached);
        return attached;
    }

    /// <summary>The connection of these features, which are its own or a request's.</summary>
    internal static KestrelConnection Of(IFeatureCollection features) => features.GetRequiredFeature<KestrelConnection>();

    /// <summary>Runs HTTP, after the TLS handshake if there is one, until the connection ends.</summary>
    internal async Task RunAsync(AccessLog access, ConnectionDelegate next)
    {
        _isRunning = true;
        using var clientGone = new CancellationTokenSource();
        Http1Pipes? http1 = null;
        if (_connection.Features.Get<ISslStreamFeature>()?.SslStream.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
        {
            _connection.Transport = http1 = new Http1Pipes(_connection.Transport, this, clientGone, access);
            _connection.ConnectionClosed = clientGone.Token; // here, a client that has closed only its side is not gone
        }

        try
        {
            await next(_connection);
            if (IsRefused && http1 is not null)
                await http1.LingerAsync();
        }
        finally
        {
            _finalSend.BeginWait(); // the client may not have read everything yet
        }
    }

    /// <summary>
    /// Whether the handshake, or sending the rest at the end, takes too long. To be called once a second by one thread.
    /// </summary>
    /// <param name="now">A timestamp of the connection's clock.</param>
    internal bool IsOverdue(long now) => _isRunning
        ? _finalSend.IsTooSlow()
        : IsSecure && _time.GetElapsedTime(_connectedAt, now) > HandshakeTimeout;

    /// <summary>Starts to close the connection, before Kestrel is stopped.</summary>
    internal void BeginClose()
    {
        IsEnding = true;
        if (!_isRunning)
            Abort(); // there is no request, and Kestrel would wait for the handshake
    }

    internal void Abort() => _connection.Abort();

    /// <summary>Whether the client has closed its side.</summary>
    internal bool HasClientLeft => Peer.HasClosed(_socket);

    internal TransferRate NewRate(bool sending) => new(_socket, sending);
}
