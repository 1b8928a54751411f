using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Pages of other sites, proxies and names that point here: none of them gets a visitor's or a neighbour's rights.</summary>
public sealed class OriginStories(string engine) : DaemonFixture(engine)
{
    private static string[] ForeignFields { get; } =
        ["Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Referer: http://evil.example/page"];

    [TestCaseSource(nameof(ForeignFields))]
    public void A_page_of_another_site_cannot_write(string field)
    {
        var stored = Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nkept")!.Text;

        foreach (var request in (string[])["POST /", "POST /files", $"PUT /files/{stored}", $"DELETE /?file_hash={stored}", $"DELETE /files/{stored}"])
        {
            Daemon.Ask($"{request} HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\n{field}\r\nContent-Length: 4\r\n\r\nevil")
                .ShouldBeProblem(403).Field("Access-Control-Allow-Origin").Should().BeNull();
        }

        Daemon.Ask($"GET /files/{stored} HTTP/1.1\r\nHost: h\r\n\r\n")!.Text.Should().Be("kept");
        Store.Blobs.Should().NotContain(Sample.Of("evil").Hash);
    }

    [Test]
    public void It_gets_no_leave_to_ask_for_more()
    {
        var preflight = Daemon.Ask("OPTIONS /files HTTP/1.1\r\nHost: h\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n")!;

        preflight.Head.Should().NotContain("Access-Control-");
    }

    [TestCase("Origin: http://localhost")]
    [TestCase("Origin: https://localhost")]
    [TestCase("Sec-Fetch-Site: same-origin")]
    [TestCase("X-Forwarded-For: 192.0.2.1")]
    public void A_page_of_this_site_can(string field) =>
        Daemon.Ask($"POST / HTTP/1.1\r\nHost: localhost\r\n{field}\r\nContent-Length: 4\r\n\r\nours")!.Status.Should().Be(200);

    [TestCase("Host: rebound.example:9000")]
    [TestCase("Host: localhost\r\nX-Forwarded-For: 127.0.0.1")]
    [TestCase("Host: localhost\r\nForwarded: for=127.0.0.1")]
    [TestCase("Host: localhost\r\nX-Real-IP: ::1")]
    [TestCase("Host: localhost\r\nVia: 1.1 proxy")]
    [TestCase("Host: localhost\r\nOrigin: http://evil.example")]
    [TestCase("Host: localhost\r\nReferer: http://evil.example/")]
    [TestCase("Host: localhost\r\nSec-Fetch-Site: cross-site")]
    public void The_daemon_is_not_stopped_by_a_proxy_a_page_or_a_name(string fields)
    {
        foreach (var method in (string[])["GET", "HEAD"])
            Daemon.Ask($"{method} /stop HTTP/1.1\r\n{fields}\r\n\r\n")!.Status.Should().Be(403);

        Daemon.Ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")!.Status.Should().Be(200);
    }

    [Test]
    public void The_host_of_an_absolute_target_counts_and_not_the_field()
    {
        Daemon.Ask("GET http://rebound.example/stop HTTP/1.1\r\nHost: localhost\r\n\r\n")!.Status.Should().Be(403);
        Daemon.Ask("HEAD http://localhost/stop HTTP/1.1\r\nHost: rebound.example\r\n\r\n")!.Status.Should().Be(200);
    }

    [TestCase("Host: rebound.example:9000\r\nOrigin: http://rebound.example:9000", 403)]
    [TestCase("Host: rebound.example\r\nSec-Fetch-Site: same-origin", 403)]
    [TestCase("Host: rebound.example\r\nOrigin: http://rebound.example\r\nX-Forwarded-For: 192.0.2.1", 200)] // a proxy's clients may know it by any name
    [TestCase("Host: 127.0.0.1:9000\r\nOrigin: http://127.0.0.1:9000", 200)]
    [TestCase("Host: rebound.example", 200)] // no browser
    public void A_name_that_was_pointed_here_brings_no_pages_along(string fields, int status) =>
        Daemon.Ask($"POST / HTTP/1.1\r\n{fields}\r\nContent-Length: 4\r\n\r\nbind")!.Status.Should().Be(status);

    [TestCase("Sec-Fetch-Site: same-origin")]
    [TestCase("User-Agent: Mozilla/5.0\r\nConnection: keep-alive")]
    [TestCase("Referer: http://evil.example/")]
    [TestCase("Accept-Language: en\r\nUser-Agent: curl/8\r\nConnection: keep-alive\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: evil.example")]
    [TestCase("Accept-Language: en\r\nConnection: Keep-Alive, TE\r\nForwarded: for=192.0.2.1")]
    public void Nor_can_they_read(string fields)
    {
        var stored = Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nkept")!.Text;

        foreach (var path in (string[])["/", $"/?file_hash={stored}", $"/files/{stored}", "/files", "/metrics", "/healthz", "/list?dir=x", "/get?dir=x&name=y", "/xyz/api/cleaner/tasks", "/api/jobs", "/nothing", "/favicon.ico"])
        {
            foreach (var method in (string[])["GET", "HEAD", "OPTIONS"])
            {
                Daemon.Ask($"{method} {path} HTTP/1.1\r\nHost: evil.example:{Daemon.Port}\r\n{fields}\r\n\r\n")!.Status.Should().Be(403, $"{method} {path}");
                Daemon.Ask($"{method} {path} HTTP/1.1\r\nHost: localhost:{Daemon.Port}\r\nSec-Fetch-Site: same-origin\r\n\r\n")!.Text.Should().NotContain("rebinding");
            }
        }

        Daemon.Ask($"GET /files/{stored} HTTP/1.1\r\nHost: evil.example:{Daemon.Port}\r\n{fields}\r\n\r\n").ShouldBeProblem(403).Text.Should().Contain("DNS rebinding").And.NotContain("kept");
        Daemon.Ask($"GET /files/{stored} HTTP/1.1\r\nHost: files.example:{Daemon.Port}\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n")!.Text.Should().Be("kept");
        Daemon.Ask($"GET /files/{stored} HTTP/1.1\r\nHost: files.example\r\n{fields.Replace("keep-alive", "close", StringComparison.OrdinalIgnoreCase)}\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")!.Text.Should().Be("kept", "a proxy's clients may know it by any name");
    }

    [TestCase("Accept: */*\r\nAccept-Language: *\r\nSec-Fetch-Mode: cors\r\nUser-Agent: node\r\nConnection: keep-alive", 200)]
    [TestCase("Accept-Language: *\r\nUser-Agent: node\r\nConnection: keep-alive", 403)]
    [TestCase("User-Agent: Mozilla/5.0 (Linux; Debian GNU/Linux 12; en-US) PowerShell/7.4.6", 200)]
    [TestCase("Accept-Language: en\r\nUser-Agent: Mozilla/5.0 (Linux; Debian GNU/Linux 12; en-US) PowerShell/7.4.6", 403)]
    public void Programs_that_send_a_few_headers_of_browsers_may_use_any_name(string fields, int status) =>
        Daemon.Ask($"GET /healthz HTTP/1.1\r\nHost: files.example:{Daemon.Port}\r\n{fields}\r\n\r\n")!.Status.Should().Be(status);

    [TestCase("Host: files.example:80\r\nOrigin: http://files.example\r\nVia: 1.1 proxy")]
    [TestCase("Host: files.example\r\nOrigin: https://files.example:443\r\nVia: 1.1 proxy")]
    [TestCase("Host: localhost\r\nReferer: ")]
    [TestCase("Host: localhost\r\nReferer: about:blank")]
    public void A_default_port_or_an_empty_referrer_does_not_make_a_page_foreign(string fields) =>
        Daemon.Ask($"POST / HTTP/1.1\r\n{fields}\r\nContent-Length: 4\r\n\r\nours")!.Status.Should().Be(200);

    [Test]
    public void HEAD_only_looks()
    {
        Daemon.Ask("HEAD /stop HTTP/1.1\r\nHost: localhost\r\n\r\n")!.Status.Should().Be(200);

        Daemon.Ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")!.Status.Should().Be(200);
    }

    [Test]
    public void A_local_client_stops_the_daemon()
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--engine", Engine);

        daemon.Ask("GET /stop HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")!.Text.Should().Be("stopping");

        daemon.WaitForExit(TimeSpan.FromSeconds(10)).Should().BeTrue();
        daemon.ExitCode.Should().Be(0);
        daemon.LogText.Should().Contain("stopping on GET /stop");
    }
}
