using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>Decides which server certificates are trusted.</summary>
internal sealed class CertificateTrust
{
    private const int MaxFileBytes = 16 << 20;

    private readonly X509Certificate2Collection _authorities = [];
    private readonly bool _acceptAny;

    /// <param name="authorities">A PEM file of certificate authorities to trust in addition to the system's; null for none.</param>
    /// <param name="acceptAny">Whether to accept any certificate.</param>
    /// <exception cref="CryptographicException">The file contains no certificate, or a damaged one.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal CertificateTrust(string? authorities, bool acceptAny = false)
    {
        _acceptAny = acceptAny;
        if (authorities is null)
            return;
        var text = DurableFile.TryRead(authorities, MaxFileBytes, out _) ?? throw new FileNotFoundException($"there is no file '{authorities}'");
        _authorities.ImportFromPem(Encoding.UTF8.GetString(text));
        if (_authorities.Count == 0)
            throw new CryptographicException($"'{authorities}' contains no certificate");
    }

    /// <summary>The TLS options of a connection.</summary>
    internal SslClientAuthenticationOptions Options() => new()
    {
        EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            _acceptAny || errors == SslPolicyErrors.None || (errors == SslPolicyErrors.RemoteCertificateChainErrors && IsOfOurAuthorities(certificate, chain)),
    };

    private bool IsOfOurAuthorities(X509Certificate? certificate, X509Chain? sent)
    {
        if (_authorities.Count == 0 || certificate is not X509Certificate2 leaf)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // the system's authorities are not checked by default either
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1")); // server authentication (RFC 5280, 4.2.1.12)
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(leaf);
    }
}
