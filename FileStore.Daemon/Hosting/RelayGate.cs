using System.Security.Cryptography;
using FileStore.Core.Relay;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Hosting;

/// <summary>Which certificates are believed.</summary>
/// <param name="Upstream">Of the upstream.</param>
/// <param name="Remotes">Of hosts that files are fetched from: never just any.</param>
internal sealed record RelayTrust(CertificateTrust Upstream, CertificateTrust Remotes);

/// <summary>Whether uploads can be judged and passed on as the configuration wants.</summary>
internal static class RelayGate
{
    /// <exception cref="StartException">They cannot: a directory, a program or a certificate is not there.</exception>
    internal static RelayTrust Require(RelayOptions options)
    {
        if (options.Roots.FirstOrDefault(root => !Directory.Exists(root)) is { } missing)
            throw new StartException($"relay.roots: {missing} is no directory");
        if (UploadRules.FindFault(options.Rules) is { } fault)
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
