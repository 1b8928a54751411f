using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>HTTPS offers what HTTP does, to those who speak it well.</summary>
[Category("Quick")]
public sealed class TlsStories(string engine) : DaemonFixture(engine, "--tls", "adhoc", "--tls-port", "0", "--max-upload", "5MB")
{
    private static Version[] Versions { get; } = [HttpVersion.Version11, HttpVersion.Version20];

    [TestCaseSource(nameof(Versions))]
    public async Task A_file_goes_there_and_back(Version version)
    {
        using var client = Daemon.NewSecureClient(version);
        var file = Sample.Random(3_000_000);

        using var stored = await client.PostAsync("/files", Responses.Chunked(file.Bytes));
        stored.Status().Should().Be(201);
        stored.Version.Should().Be(version);
        (await stored.TextAsync()).Should().Be(file.Hash);
        using var again = await client.PostAsync("/", new MultipartFormDataContent { { new ByteArrayContent(file.Bytes), "f", "x" } });
        (await again.TextAsync()).Should().Be(file.Hash);
        (await client.GetByteArrayAsync($"/files/{file.Hash}")).Should().Equal(file.Bytes);
        using var part = await client.SendAsync("GET", $"/?file_hash={file.Hash}", null, ("Range", "bytes=5-9"));
        part.Status().Should().Be(206);
        (await part.Content.ReadAsByteArrayAsync()).Should().Equal(file.Bytes[5..10]);
        using var unchanged = await client.SendAsync("GET", $"/files/{file.Hash}", null, ("If-None-Match", $"\"{file.Hash}\""));
        unchanged.Status().Should().Be(304);
        using var head = await client.SendAsync("HEAD", $"/files/{file.Hash}");
        head.Content.Headers.ContentLength.Should().Be(3_000_000);
        using var options = await client.SendAsync("OPTIONS", "/files");
        options.Field("Allow").Should().Contain("POST");
        using var deleted = await client.DeleteAsync($"/files/{file.Hash}");
        deleted.Status().Should().Be(200);
        using var gone = await client.GetAsync($"/files/{file.Hash}");
        await gone.ShouldBeProblemAsync(404);
    }

    [TestCaseSource(nameof(Versions))]
    public async Task An_upload_that_is_refused_is_not_waited_for(Version version)
    {
        using var client = Daemon.NewSecureClient(version);

        foreach (var body in (HttpContent[])[new ByteArrayContent(new byte[12_000_000]), Responses.Chunked(new byte[12_000_000])])
        {
            using var answer = await client.PostAsync("/", body);
            await answer.ShouldBeProblemAsync(413);
        }

        using var health = await client.GetAsync("/healthz");
        health.Status().Should().Be(200);
        Store.Incoming.Should().BeEmpty();
    }

    [TestCaseSource(nameof(Versions))]
    public async Task An_upload_that_is_cut_stores_nothing(Version version)
    {
        var before = Store.Blobs.Length;
        using (var client = Daemon.NewSecureClient(version))
        {
            using var stop = new CancellationTokenSource();
            var sending = client.PostAsync("/", new StreamContent(new EndlessStream()), stop.Token);
            (await Eventually.HoldsAsync(() => Store.Incoming.Length > 0)).Should().BeTrue();
            await stop.CancelAsync();
            await sending.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        }

        (await Eventually.HoldsAsync(() => Store.Incoming.Length == 0)).Should().BeTrue();
        Store.Blobs.Length.Should().Be(before);
    }

    [Test]
    public async Task Many_streams_of_one_connection_do_not_mix()
    {
        using var client = Daemon.NewSecureClient(HttpVersion.Version20);

        await Parallel.ForEachAsync(Enumerable.Range(1, 60), async (i, _) =>
        {
            var file = Sample.Random(i * 5000);
            using var stored = await client.PutAsync($"/files/{file.Hash}", new ByteArrayContent(file.Bytes), CancellationToken.None);
            stored.Status().Should().Be(201);
            (await client.GetByteArrayAsync($"/files/{file.Hash}", CancellationToken.None)).Should().Equal(file.Bytes);
        });
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public void TLS_of_today_is_spoken(SslProtocols version)
    {
        using var stream = Daemon.Handshake(version);

        stream.SslProtocol.Should().Be(version);
    }

    [TestCase("-tls1")]
    [TestCase("-tls1_1")]
    public void TLS_of_yesterday_is_refused(string version)
    {
        var client = Command.Run("/", "openssl", "s_client", "-connect", $"127.0.0.1:{Daemon.TlsPort}", version, "-cipher", "DEFAULT:@SECLEVEL=0");

        client.ExitCode.Should().NotBe(0);
        (client.Output + client.Error).Should().Contain("protocol version");
    }

    [Test]
    public void The_certificate_is_for_this_machine_by_each_of_its_names()
    {
        using var folder = new TempFolder();
        using var certificate = Daemon.ShownCertificate();
        File.WriteAllText(folder["trusted.pem"], certificate.ExportCertificatePem());

        foreach (var name in (string[])["localhost", "127.0.0.1", Dns.GetHostName()])
        {
            foreach (var version in (string[])["--http1.1", "--http2"])
            {
                var curl = Command.Run(folder.Path, "curl", "-sS", version, "--cacert", "trusted.pem", "--resolve", $"{name}:{Daemon.TlsPort}:127.0.0.1",
                    $"https://{name}:{Daemon.TlsPort}/healthz");
                curl.Output.Should().Be("""{"status":"ok"}""", curl.Error);
            }
        }

        var elsewhere = Command.Run(folder.Path, "curl", "-sS", "--cacert", "trusted.pem", "--resolve", $"example.com:{Daemon.TlsPort}:127.0.0.1",
            $"https://example.com:{Daemon.TlsPort}/healthz");
        elsewhere.ExitCode.Should().Be(60, "it is not for that name");
    }

    [Test]
    public void Its_fingerprint_is_told_at_the_start()
    {
        using var certificate = Daemon.ShownCertificate();
        var fingerprint = string.Join(':', SHA256.HashData(certificate.RawData).Select(b => $"{b:X2}"));

        Eventually.Until(() => Daemon.LogText.Contains($"SHA-256 fingerprint {fingerprint}"), "it is told");
    }

    [Test]
    public void A_client_that_speaks_plain_HTTP_to_the_TLS_port_is_told_so()
    {
        using var socket = Daemon.ConnectSecure();
        socket.SendText("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");

        socket.ReadAnswer().ShouldBeProblem(400).Text.Should().Contain("https://");
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [Test]
    public void Requests_of_a_loopback_client_may_still_be_plain() =>
        Daemon.Ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")!.Status.Should().Be(200);

    [Test]
    public void Pipelined_requests_in_one_record_are_answered_in_order()
    {
        using var stream = Daemon.Handshake();
        stream.Write("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"u8);

        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answers = reader.ReadToEnd();

        answers.Should().StartWith("HTTP/1.1 200 ").And.Contain("HTTP/1.1 404 ");
    }

    [Test]
    public void A_broken_head_inside_TLS_is_answered_as_outside()
    {
        using var stream = Daemon.Handshake();
        stream.Write("GET /heal thz HTTP/1.1\r\nHost: h\r\n\r\n"u8);

        using var reader = new StreamReader(stream, Encoding.Latin1);
        reader.ReadToEnd().Should().StartWith("HTTP/1.1 400 ").And.Contain("application/problem+json").And.Contain("X-Request-Id: ");
    }

    [Test]
    public async Task HTTP_2_without_being_asked_for_is_HTTP_1()
    {
        using var stream = Daemon.Handshake(); // no ALPN
        stream.NegotiatedApplicationProtocol.Should().Be(default(SslApplicationProtocol));
        await stream.WriteAsync("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"u8.ToArray());

        using var reader = new StreamReader(stream, Encoding.Latin1);
        (await reader.ReadToEndAsync()).Should().StartWith("HTTP/1.1 200 ");
    }

    private sealed class EndlessStream : FileStore.Core.Primitives.ReadOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(20, cancellationToken);
            return Math.Min(buffer.Length, 1000);
        }
    }
}
