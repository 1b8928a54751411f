using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FileStore.Tests.Support;

/// <summary>Certificates as an administrator has them: PEM files.</summary>
internal static class CertificateFiles
{
    /// <summary>Writes a self-signed certificate and its key. Returns the certificate.</summary>
    public static X509Certificate2 WriteSelfSigned(string certificate, string key, string name, DateTimeOffset? notAfter = null)
    {
        using var pair = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", pair, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), notAfter ?? DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(certificate, made.ExportCertificatePem());
        File.WriteAllText(key, pair.ExportPkcs8PrivateKeyPem());
        return made;
    }

    /// <summary>
    /// Writes a certificate for localhost that an authority's helper has signed, with the helper's behind it, and its key.
    /// Returns the authority's own.
    /// </summary>
    public static X509Certificate2 WriteChain(string certificate, string key)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var helperKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = Request("CN=authority", authorityKey, isAuthority: true).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(9));
        using var helper = Sign(Request("CN=helper", helperKey, isAuthority: true), authority).CopyWithPrivateKey(helperKey);
        var request = Request("CN=localhost", serverKey, isAuthority: false);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var server = Sign(request, helper);
        File.WriteAllText(certificate, server.ExportCertificatePem() + "\n" + helper.ExportCertificatePem() + "\n");
        File.WriteAllText(key, serverKey.ExportECPrivateKeyPem());
        return X509CertificateLoader.LoadCertificate(authority.RawData);
    }

    private static CertificateRequest Request(string name, ECDsa key, bool isAuthority)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        return request;
    }

    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2 issuer) =>
        request.Create(issuer, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(8), RandomNumberGenerator.GetBytes(8));
}
