using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using FileStore.Core.Blobs;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Engines.HttpListener;
using FileStore.Daemon.Http.Engines.Kestrel;
using FileStore.Daemon.Options;
using Serilog;

namespace FileStore.Daemon.Hosting;

/// <summary>The HTTP servers: one for the plain port, and one for HTTPS if it is on.</summary>
internal sealed class Engines
{
    private const int FilesToSpare = 64;
    private const int OpenedLater = 16; // the log, the locks, the journals

    private readonly IHttpEngine _plain;
    private readonly IHttpEngine? _secure;
    private readonly ServerCertificate? _certificate;
    private readonly ILogger _log;

    private Engines(IHttpEngine plain, IHttpEngine? secure, ServerCertificate? certificate, ILogger log) =>
        (_plain, _secure, _certificate, _log) = (plain, secure, certificate, log);

    /// <summary>The port of HTTPS; 0 if there is none.</summary>
    internal int HttpsPort => _secure?.EndPoints[0].Port ?? 0;

    /// <summary>The daemon's URLs, plain HTTP first.</summary>
    internal string[] Urls => _secure is null
        ? [Url("http", _plain)]
        : [Url("http", _plain), Url("https", _secure)];

    /// <summary>Every address, for the log.</summary>
    internal string AllUrls => string.Join(' ', [
        .. _plain.EndPoints.Select(endPoint => ListenAddresses.Url("http", endPoint)),
        .. (_secure?.EndPoints ?? []).Select(endPoint => ListenAddresses.Url("https", endPoint))]);

    /// <summary>Notes for the user who starts the daemon: the fingerprint of the certificate.</summary>
    internal string[] Notes { get; private init; } = [];

    /// <summary>Listens, and hands every request to <paramref name="handle"/>. Nothing on disk is changed.</summary>
    /// <exception cref="StartException">An address is taken or unknown, or the certificate cannot be used.</exception>
    internal static async Task<Engines> StartAsync(DaemonOptions options, Func<IHttpExchange, Task> handle, AccessLog access, ILogger log, TimeProvider time)
    {
        var certificate = Certificate(options);
        if (options.Tls.Key is { } key && File.GetUnixFileMode(key).HasFlag(UnixFileMode.OtherRead))
            log.Warning("{Key:l}, the TLS key, can be read by every user of this machine: run chmod 640, and chgrp to the daemon's group", key);
        var limit = ConnectionLimit(engines: certificate is null ? 1 : 2);
        IHttpEngine? secure = null;
        if (certificate is not null)
        {
            secure = await ListenAsync(options, options.TlsPort, async endPoints =>
                await KestrelEngine.StartAsync(endPoints, limit, certificate, handle, access, log, time));
        }

        var plain = await ListenAsync(options, options.Port, async endPoints => options.Engine == EngineKind.Kestrel
            ? await KestrelEngine.StartAsync(endPoints, limit, certificate: null, handle, access, log, time)
            : new HttpListenerEngine(endPoints, limit, handle, access, log, time));
        return new Engines(plain, secure, certificate, log) { Notes = certificate is null ? [] : [About(certificate, log)] };
    }

    /// <summary>The certificate that the options name; null without HTTPS.</summary>
    /// <exception cref="StartException">It cannot be used.</exception>
    internal static ServerCertificate? Certificate(DaemonOptions options)
    {
        if (!options.Tls.IsOn)
            return null;
        try
        {
            return options.Tls.Certificate is null
                ? ServerCertificate.MakeAdHoc(["localhost", Dns.GetHostName()], OwnAddresses(options))
                : ServerCertificate.FromFiles(options.Tls.Certificate, options.Tls.Key!);
        }
        catch (CertificateException e)
        {
            throw new StartException($"--tls: {e.Message}");
        }
    }

    /// <summary>Closes the ports. Open connections go on.</summary>
    internal void StopAccepting()
    {
        _plain.StopAccepting();
        _secure?.StopAccepting();
    }

    /// <summary>Closes the connections, when every response has left this process. Called when all requests have ended.</summary>
    internal Task EndAsync() => Task.WhenAll(_plain.EndAsync(), _secure?.EndAsync() ?? Task.CompletedTask);

    /// <summary>Reads the certificate again. The old one stays if the new one cannot be used.</summary>
    internal void ReloadCertificate()
    {
        if (_certificate is null)
            return;
        try
        {
            _certificate.Reload();
            _log.Information("{About:l}", About(_certificate, _log));
        }
        catch (CertificateException e)
        {
            _log.Error("the TLS certificate stays the one it was: {Reason:l}", e.Message);
        }
    }

    private static string Url(string scheme, IHttpEngine engine) => ListenAddresses.Url(scheme, engine.EndPoints[0]);

    private static string About(ServerCertificate certificate, ILogger log)
    {
        if (certificate.ValidUntil < DateTime.UtcNow)
            log.Warning("the TLS certificate is not valid since {Day:yyyy-MM-dd}", certificate.ValidUntil);
        if (certificate.ValidFrom > DateTime.UtcNow)
            log.Warning("the TLS certificate is not valid before {Day:yyyy-MM-dd}", certificate.ValidFrom);
        return $"TLS certificate: SHA-256 fingerprint {certificate.Fingerprint}, valid until {certificate.ValidUntil:yyyy-MM-dd}";
    }

    private static async Task<IHttpEngine> ListenAsync(DaemonOptions options, int port, Func<IPEndPoint[], Task<IHttpEngine>> start)
    {
        try
        {
            return await start(ListenAddresses.Resolve(options.Host, port));
        }
        catch (SocketException e)
        {
            throw new StartException($"cannot listen on {options.Host} port {port}: {e.Message}");
        }
    }

    /// <summary>The addresses by which clients may reach this machine: with <c>0.0.0.0</c> or <c>::</c>, all of its addresses.</summary>
    private static IEnumerable<IPAddress> OwnAddresses(DaemonOptions options)
    {
        var listened = ListenAddresses.Resolve(options.Host, 0).Select(endPoint => endPoint.Address).ToList();
        var all = listened.Exists(address => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            ? NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)
            : listened;
        // Without the zone (fe80::1%eth0), which clients do not know.
        return all.Select(address => new IPAddress(address.GetAddressBytes())).Concat([IPAddress.Loopback, IPAddress.IPv6Loopback]).Distinct();
    }

    /// <summary>
    /// The most connections that leave enough file descriptors for everything else: each connection may have a file of the
    /// store open, and the runtime ends the process if it has none for a new thread. The limit may change (prlimit(1)).
    /// </summary>
    private static Func<int> ConnectionLimit(int engines)
    {
        var own = Directory.GetFiles("/proc/self/fd").Length + DiskBlobStore.MaxOwnFiles + OpenedLater + FilesToSpare;
        return () => Math.Max(16, (ProcessControl.MaxOpenFiles() - own) / 2 / engines);
    }
}
