using System.Net;
using System.Net.Sockets;
using System.Text;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Outgoing;

/// <summary>A file is forwarded only to an upstream with a trusted certificate.</summary>
[TestFixture]
public sealed class UpstreamTlsTests
{
    private TempFolder _folder;
    private LoggedLines _log;

    [OneTimeSetUp]
    public void MakeCertificates()
    {
        _folder = new TempFolder();
        using var authority = CertificateFiles.WriteChain(_folder["chain.pem"], _folder["chain.key"]);
        using var other = CertificateFiles.WriteChain(_folder["other.pem"], _folder["other.key"]);
        using var self = CertificateFiles.WriteSelfSigned(_folder["self.pem"], _folder["self.key"], "localhost");
        using var old = CertificateFiles.WriteSelfSigned(_folder["old.pem"], _folder["old.key"], "localhost", DateTimeOffset.UtcNow.AddDays(-1));
        File.WriteAllText(_folder["authority.ca"], authority.ExportCertificatePem());
        File.WriteAllText(_folder["both.ca"], self.ExportCertificatePem() + "\n" + authority.ExportCertificatePem());
        File.WriteAllText(_folder["other.ca"], other.ExportCertificatePem());
        File.Copy(_folder["self.pem"], _folder["self.ca"]);
        File.Copy(_folder["old.pem"], _folder["old.ca"]);
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [SetUp]
    public void MakeLog() => _log = new LoggedLines();

    [TestCase("chain", "authority")]
    [TestCase("chain", "both")]
    [TestCase("self", "self", Description = "who signs himself is his own authority")]
    public async Task An_upstream_with_a_certificate_of_our_authority_is_trusted(string certificate, string authority)
    {
        using var trap = Trap(certificate, Posting.Done);

        (await Upstream(trap, authority).PostAsync(Posting.File(new HeldContent([1])))).Should().Be(new Answered(200, null, "done"));
    }

    [TestCase("chain", null)]
    [TestCase("self", null)]
    [TestCase("chain", "other")]
    [TestCase("self", "authority")]
    [TestCase("old", "old", Description = "whose time is over")]
    public async Task Others_are_not_and_get_nothing(string certificate, string? authority)
    {
        using var trap = Trap(certificate, Posting.Done);

        await ShouldFailAsync(trap, authority);
    }

    [TestCase("chain", "authority")]
    [TestCase("self", "self")]
    public async Task Nor_is_one_of_another_name(string certificate, string authority)
    {
        using var trap = Trap(certificate, Posting.Done);

        await ShouldFailAsync(trap, authority, "127.0.0.1");
    }

    [TestCase("chain", "localhost")]
    [TestCase("self", "127.0.0.1")]
    [TestCase("old", "127.0.0.1")]
    public async Task Any_certificate_is_trusted_if_the_configuration_says_so(string certificate, string host)
    {
        using var trap = Trap(certificate, Posting.Done);

        (await Upstream(trap, null, host, isBlind: true).PostAsync(Posting.File(new HeldContent([1])))).Text.Should().Be("done");
    }

    [Test]
    public async Task An_early_refusal_is_seen_through_TLS_too()
    {
        const int large = 48 << 20;
        using var trap = new TlsTrap(_folder["chain.pem"], _folder["chain.key"], async (stream, ct) =>
        {
            await stream.WriteAsync("HTTP/1.1 413 X\r\nContent-Length: 9\r\n\r\ntoo large"u8.ToArray(), ct);
            await Task.Delay(Timeout.Infinite, ct);
        });
        var content = new HeldContent(new byte[large]);

        (await Upstream(trap, "authority").PostAsync(Posting.File(content))).Should().Be(new Answered(413, null, "too large"));

        content.Read.Should().BeLessThan(large);
    }

    [TestCase("")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")]
    public async Task A_broken_response_is_an_error_and_nothing_is_posted_twice(string response)
    {
        using var trap = Trap("chain", response);

        await FluentActions.Awaiting(() => Upstream(trap, "authority").PostAsync(Posting.File(new HeldContent([1])))).Should().ThrowAsync<ProblemException>();

        trap.Connections.Should().Be(1);
    }

    [Test]
    public async Task An_upstream_without_TLS_receives_no_content()
    {
        using var plain = new TcpListener(IPAddress.Loopback, 0);
        plain.Start();
        var hello = Task.Run(async () =>
        {
            using var socket = await plain.AcceptSocketAsync();
            await socket.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            socket.Shutdown(SocketShutdown.Send);
            return Encoding.Latin1.GetString(socket.ReadToEnd());
        });
        using var silent = Support.Trap.Hanging();

        await PostAsync(((IPEndPoint)plain.LocalEndpoint).Port, TimeSpan.FromMinutes(1), 502, "the upstream has an untrusted certificate, or no compatible TLS version");
        await PostAsync(silent.Port, TimeSpan.FromSeconds(1), 504, "the upstream did not accept a connection in time");

        (await hello).Should().NotContain("content");
        silent.Connections.Should().Be(1);

        async Task PostAsync(int port, TimeSpan connectTimeout, int status, string detail)
        {
            var upstream = new Upstream(new UpstreamOptions { Url = new Uri($"https://127.0.0.1:{port}/"), ConnectTimeout = connectTimeout },
                new CertificateTrust(null, acceptAny: true), new HurriedTime(), _log.Logger);
            var posting = () => upstream.PostAsync(Posting.File(new HeldContent("content"u8.ToArray())));
            var problem = (await posting.Should().ThrowAsync<ProblemException>()).Which.Problem;
            (problem.Status, problem.Detail).Should().Be((status, detail));
        }
    }

    [TestCase("")]
    [TestCase("no certificate")]
    [TestCase("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void A_file_without_a_certificate_is_refused_as_an_authority(string text)
    {
        File.WriteAllText(_folder["bad.ca"], text);

        FluentActions.Invoking(() => new CertificateTrust(_folder["bad.ca"])).Should().Throw<System.Security.Cryptography.CryptographicException>();
    }

    private async Task ShouldFailAsync(TlsTrap trap, string? authority, string host = "localhost")
    {
        var problem = (await FluentActions.Awaiting(() => Upstream(trap, authority, host).PostAsync(Posting.File(new HeldContent([1])))).Should().ThrowAsync<ProblemException>()).Which.Problem;

        (problem.Status, problem.Detail).Should().Be((502, "the upstream has an untrusted certificate, or no compatible TLS version"));
        (trap.Connections, trap.Handshakes).Should().Be((1, 0), "nothing is sent, and another try would be no better");
    }

    private TlsTrap Trap(string certificate, string response) => new(_folder[$"{certificate}.pem"], _folder[$"{certificate}.key"], async (stream, ct) =>
    {
        await Posting.ReadFormAsync(stream, ct);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(response), ct);
    });

    private Upstream Upstream(TlsTrap trap, string? authority, string host = "localhost", bool isBlind = false) => new(
        new UpstreamOptions { Url = new Uri($"https://{host}:{trap.Port}/in") },
        new CertificateTrust(authority is null ? null : _folder[$"{authority}.ca"], isBlind), new HurriedTime(), _log.Logger);
}
