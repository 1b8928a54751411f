using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FileStore.Daemon.Http.Engines.HttpListener;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// An engine on Kestrel as a bare server: an application on its features, without routing and middleware. It serves HTTPS,
/// and plain HTTP if configured.
/// </summary>
internal sealed class KestrelEngine : IHttpEngine, IHttpApplication<KestrelExchange>
{
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60);

    private readonly Acceptor _acceptor;
    private readonly KestrelServer _server;
    private readonly ConcurrentDictionary<WatchedTransfer, bool> _waiting = new();
    private readonly Func<IHttpExchange, Task> _handle;
    private readonly AccessLog _access;
    private readonly Serilog.ILogger _log;
    private readonly TimeProvider _time;
    private readonly OpenConnections<KestrelConnection> _connections;

    private KestrelEngine(
        IReadOnlyList<IPEndPoint> endPoints, Func<int> maxConnections, ServerCertificate? certificate, Func<IHttpExchange, Task> handle, AccessLog access,
        Serilog.ILogger log, TimeProvider time)
    {
        (_handle, _access, _log, _time) = (handle, access, log, time);
        var logging = new KestrelLog(log);
        // A client of the HTTPS port would not understand a plain response.
        Func<byte[]>? refusal = certificate is null ? () => RawResponse.Of(503, "too many connections") : null;
        _connections = new OpenConnections<KestrelConnection>(connection => connection.IsClosed, maxConnections, time);
        _acceptor = new Acceptor(endPoints, _connections.IsFull, refusal, log, time);
        var transport = new KestrelTransport(_acceptor,
            connection => _connections.Add(KestrelConnection.Attach(connection, isSecure: certificate is not null, time)), logging);
        _server = new KestrelServer(Microsoft.Extensions.Options.Options.Create(ServerOptions(certificate, logging)), transport, logging);
    }

    public IReadOnlyList<IPEndPoint> EndPoints => _acceptor.EndPoints;

    /// <summary>Starts an engine that passes every request to <paramref name="handle"/>.</summary>
    /// <param name="endPoints">The addresses to listen on.</param>
    /// <param name="maxConnections">Returns the most open connections.</param>
    /// <param name="certificate">The certificate, for HTTPS only; null for plain HTTP only.</param>
    /// <param name="handle">Handles a request.</param>
    /// <param name="access">Logs malformed requests.</param>
    /// <param name="log">The log.</param>
    /// <param name="time">The clock of the limits for slow clients. Kestrel's own timeouts use the system clock.</param>
    /// <exception cref="SocketException">An address cannot be listened on.</exception>
    internal static async Task<KestrelEngine> StartAsync(
        IReadOnlyList<IPEndPoint> endPoints, Func<int> maxConnections, ServerCertificate? certificate, Func<IHttpExchange, Task> handle, AccessLog access,
        Serilog.ILogger log, TimeProvider time)
    {
        var engine = new KestrelEngine(endPoints, maxConnections, certificate, handle, access, log, time);
        await engine._server.StartAsync(engine, CancellationToken.None);
        FailFast.OnFault(engine.WatchAsync(), log);
        return engine;
    }

    public void StopAccepting() => _acceptor.Dispose();

    /// <inheritdoc/>
    public Task EndAsync()
    {
        foreach (var connection in _connections)
            connection.BeginClose();
        return _server.StopAsync(CancellationToken.None);
    }

    /// <inheritdoc/>
    public KestrelExchange CreateContext(IFeatureCollection contextFeatures) => new(contextFeatures, _waiting);

    /// <inheritdoc/>
    public async Task ProcessRequestAsync(KestrelExchange context)
    {
        try
        {
            await _handle(context);
        }
        catch (Exception e)
        {
            // The dispatcher handles every exception. This one comes from sending its error response.
            _log.Error(e, "a connection was aborted because its response could not be sent");
            context.Abort();
        }
    }

    /// <inheritdoc/>
    public void DisposeContext(KestrelExchange context, Exception? exception)
    {
    }

    private KestrelServerOptions ServerOptions(ServerCertificate? certificate, KestrelLog logging)
    {
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true); // accepting lone LFs would enable request smuggling
        var options = new KestrelServerOptions
        {
            AllowHostHeaderOverride = true, // for targets in absolute-form: RFC 9112, 3.2.2
            AddServerHeader = false,
            RequestHeaderEncodingSelector = name => name == "Content-Length" ? ContentLengthEncoding.Strict : Encoding.Latin1,
            ApplicationServices = KestrelServices.Provide(logging),
        };
        var limits = options.Limits;
        limits.MaxRequestBodySize = null;
        limits.MaxRequestLineSize = RequestHead.MaxRequestLine;
        limits.MaxRequestHeadersTotalSize = RequestHead.MaxLength;
        limits.MaxRequestHeaderCount = RequestHead.MaxHeaders;
        limits.RequestHeadersTimeout = HeadTimeout;
        limits.KeepAliveTimeout = IdleTimeout;
        // Kestrel uses the average since the start, and counts data that the client's kernel has not read yet as a stall.
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        foreach (var endPoint in EndPoints)
            options.Listen(endPoint, listen => Configure(listen, certificate));
        return options;
    }

    private void Configure(ListenOptions listen, ServerCertificate? certificate)
    {
        if (certificate is null)
        {
            listen.Protocols = HttpProtocols.Http1;
        }
        else
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.Use(next => connection => PlainOnTls.RunAsync(connection, _access, next));
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(certificate.Options),
                HandshakeTimeout = KestrelConnection.HandshakeTimeout,
            });
        }

        listen.Use(next => connection => KestrelConnection.Of(connection.Features).RunAsync(_access, next));
    }

    private async Task WatchAsync()
    {
        using var everySecond = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        while (await everySecond.WaitForNextTickAsync())
        {
            _connections.Prune();
            var now = _time.GetTimestamp();
            foreach (var connection in _connections)
            {
                if (connection.IsOverdue(now))
                    connection.Abort();
            }

            foreach (var (transfer, _) in _waiting)
                transfer.CheckRate();
        }
    }
}
