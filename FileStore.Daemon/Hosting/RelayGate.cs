using System.Security.Cryptography;
using FileStore.Core.Relay;
using FileStore.Daemon.Features;
using FileStore.Daemon.Http.Outgoing;
using Serilog;

namespace FileStore.Daemon.Hosting;

/// <summary>Which certificates are believed.</summary>
/// <param name="Upstream">Of the upstream.</param>
/// <param name="Remotes">Of hosts that files are fetched from: never just any.</param>
internal sealed record RelayTrust(CertificateTrust Upstream, CertificateTrust Remotes);

/// <summary>Whether uploads can be judged and passed on as the configuration wants.</summary>
internal static class RelayGate
{
    /// <summary>What uploads are passed on with.</summary>
    /// <exception cref="StartException">They cannot be.</exception>
    internal static RelayParts Open(RelayOptions options, ILogger log, TimeProvider time)
    {
        var (trust, upstream) = (Require(options), options.Upstream);
        return new RelayParts(new UploadRules(options.Rules, time),
            upstream.Url is null ? null : new Upstream(upstream, trust.Upstream, time, log),
            new LocalRoots(options.Roots),
            new RemoteFetch(new RemoteFetchPolicy(options.Hosts), trust.Remotes, upstream.ConnectTimeout, upstream.Timeout, time));
    }

    /// <exception cref="StartException">They cannot: a directory, a program or a certificate is not there.</exception>
    internal static RelayTrust Require(RelayOptions options)
    {
        if (options.Roots.FirstOrDefault(root => !Directory.Exists(root)) is { } missing)
            throw new StartException($"relay.roots: {missing} is no directory");
        if (UploadRules.Validate(options.Rules) is { } fault)
            throw new StartException($"relay.rules.{fault}");
        try
        {
            return new RelayTrust(
                new CertificateTrust(options.Upstream.Authorities, options.Upstream.Insecure), new CertificateTrust(options.Upstream.Authorities));
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartException($"relay.ca: {options.Upstream.Authorities} cannot be used: {e.Message}");
        }
    }
}
