using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Engines.HttpListener;
using FileStore.Daemon.Http.Engines.Kestrel;
using FileStore.Tests.Contracts;

namespace FileStore.Tests.Support;

/// <summary>
/// The program's routes on an engine in this process, with a clock that only the test moves. The engine lives as long as
/// the process, as engines do.
/// </summary>
internal sealed class InProcessDaemon
{
    private readonly LoggedLines _log = new();
    private IHttpEngine? _engine;
    private bool _isSecure;

    public WatchedTime Time { get; } = new();

    public MemoryBlobStore Blobs { get; } = new(HashKind.Sha256);

    /// <summary>Everything that was logged, requests included.</summary>
    public string[] LogLines => _log.All;

    private IPEndPoint EndPoint => _engine!.EndPoints[0];

    /// <param name="engine"><c>httplistener</c>, <c>kestrel</c>, or <c>https</c>.</param>
    public static async Task<InProcessDaemon> StartAsync(string engine)
    {
        var daemon = new InProcessDaemon { _isSecure = engine == "https" };
        var (log, time) = (daemon._log, daemon.Time);
        var dispatcher = new Dispatcher(ProgramRoutes.Table(daemon.Blobs), new AccessTokens("/nowhere/tokens.json", log.Logger, time), ProgramRoutes.Links,
            maxConcurrent: 512, new HttpMetrics(new Meter("FileStore")), log.Access, log.Logger);
        IPEndPoint[] loopback = [new(IPAddress.Loopback, 0)];
        var certificate = daemon._isSecure ? ServerCertificate.MakeAdHoc(["localhost"], []) : null;
        daemon._engine = engine == "httplistener"
            ? new HttpListenerEngine(loopback, () => 1000, dispatcher.HandleAsync, log.Access, log.Logger, time)
            : await KestrelEngine.StartAsync(loopback, () => 1000, certificate, dispatcher.HandleAsync, log.Access, log.Logger, time);
        return daemon;
    }

    /// <summary>A TCP connection. The caller disposes it.</summary>
    /// <param name="receiveBuffer">Bytes that this end's kernel takes without anybody reading; 0 leaves that to the system.</param>
    public Socket Connect(int receiveBuffer = 0) => RawHttp.Connect(EndPoint, receiveBuffer);

    /// <summary>HTTP on a connection, behind a handshake where the engine wants one. Disposing the stream closes the socket.</summary>
    public async Task<Stream> OpenAsync(Socket socket)
    {
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (!_isSecure)
            return plain;
        var secure = new SslStream(plain);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        });
        return secure;
    }
}
