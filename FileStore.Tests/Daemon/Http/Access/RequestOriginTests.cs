using System.Net;
using System.Net.NetworkInformation;
using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Access;

[TestFixture]
public sealed class RequestOriginTests
{
    [TestCase("Sec-Fetch-Site", "same-origin", false)]
    [TestCase("Sec-Fetch-Site", "none", false)]
    [TestCase("Sec-Fetch-Site", "same-site", true)]
    [TestCase("Sec-Fetch-Site", "cross-site", true)]
    [TestCase("Sec-Fetch-Site", "", true)]
    [TestCase("Sec-Fetch-Site", "none, cross-site", true)]
    [TestCase("Origin", "http://files.example:9000", false)]
    [TestCase("Origin", "https://FILES.example:9000", false)]
    [TestCase("Origin", "http://files.example", true)]
    [TestCase("Origin", "http://files.example:9001", true)]
    [TestCase("Origin", "http://files.example:9000.evil.example", true)]
    [TestCase("Origin", "http://evil.example/?files.example:9000", true)]
    [TestCase("Origin", "http://files.example:9000@evil.example", true)]
    [TestCase("Origin", "null", true)]
    [TestCase("Origin", "", true)]
    [TestCase("Referer", "http://files.example:9000/page?a=b", false)]
    [TestCase("Referer", "http://evil.example/files.example:9000", true)]
    [TestCase("Referer", "", false)]
    [TestCase("Referer", "about:blank", false)]
    [TestCase("Referer", "ABOUT:client", false)]
    [TestCase("Origin", "http://Files.Example.:9000", false)]
    [TestCase("Origin", "ftp://files.example:9000", true)]
    [TestCase("User-Agent", "curl/8", false)]
    public void A_page_of_another_site_is_known_by_the_headers_of_its_browser(string header, string value, bool isAnother) =>
        RequestOrigin.IsCrossSite(new FakeExchange("POST").With("Host", "files.example:9000").With(header, value)).Should().Be(isAnother);

    [TestCase("files.example:80", "http://files.example", false)]
    [TestCase("files.example", "http://files.example:80", false)]
    [TestCase("files.example:443", "https://files.example", false)]
    [TestCase("files.example", "https://files.example:443", false)]
    [TestCase("files.example", "https://files.example", false)]
    [TestCase("FILES.EXAMPLE.:80", "http://files.example", false)]
    [TestCase("files.example:80", "https://files.example", true)]
    [TestCase("files.example:443", "http://files.example", true)]
    [TestCase("files.example:8080", "http://files.example", true)]
    [TestCase("[::1]:80", "http://[0:0:0:0:0:0:0:1]", false)]
    [TestCase("[::1]:80", "http://[::2]", true)]
    [TestCase("", "http://files.example", true)]
    public void A_port_that_is_the_schemes_own_need_not_be_said(string host, string page, bool isAnother)
    {
        RequestOrigin.IsCrossSite(new FakeExchange("POST").With("Host", host).With("Origin", page)).Should().Be(isAnother);
        RequestOrigin.IsCrossSite(new FakeExchange("POST").With("Host", host).With("Referer", $"{page}/x")).Should().Be(isAnother);
    }

    // Headers that browsers add. The last is all that is left if a page hides as much as it can.
    [TestCase("Sec-Fetch-Site", "same-origin")]
    [TestCase("Sec-Fetch-Mode", "navigate")]
    [TestCase("Sec-Fetch-Dest", "empty")]
    [TestCase("Origin", "http://evil.example:9000")]
    [TestCase("Referer", "http://evil.example:9000/")]
    [TestCase("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    [TestCase("Upgrade-Insecure-Requests", "1")]
    [TestCase("Accept-Language", "")]
    [TestCase("Accept-Language", "*")]
    public void A_browser_under_a_name_of_somebody_elses_is_led_by_him(string header, string value)
    {
        FakeExchange Exchange() => new FakeExchange().With("Host", "evil.example:9000").With(header, value);

        RequestOrigin.IsDnsRebinding(Exchange()).Should().BeTrue();
        RequestOrigin.IsDnsRebinding(Exchange().With("Accept-Language", "en").With("User-Agent", "curl/8.5.0")).Should().BeTrue("some browsers let a page set User-Agent");
        RequestOrigin.IsDnsRebinding(new FakeExchange { Client = IPAddress.Parse("192.0.2.7") }.With("Host", "evil.example:9000").With(header, value)).Should().BeFalse("who reaches an open daemon from elsewhere may use it");
    }

    // A page can add each of these to requests to its own site.
    [TestCase("X-Forwarded-For", "192.0.2.1")]
    [TestCase("X-Forwarded-Host", "files.example")]
    [TestCase("Forwarded", "for=192.0.2.1")]
    [TestCase("X-Real-IP", "192.0.2.1")]
    public void Forwarding_headers_count_where_no_page_can_have_added_them(string header, string value)
    {
        FakeExchange Exchange(bool isHttp1 = true) => new FakeExchange { IsHttp1 = isHttp1 }.With("Host", "files.example").With("Accept-Language", "en").With(header, value);

        foreach (var connection in (string[])["keep-alive", "Keep-Alive", "KEEP-ALIVE", "keep-alive, TE", "TE,\tkeep-alive ", "close, keep-alive", "Upgrade", "keep-alive, Upgrade"])
            RequestOrigin.IsDnsRebinding(Exchange().With("Connection", connection)).Should().BeTrue("a browser sends Connection: {0}", connection);
        foreach (var connection in (string?[])[null, "", "close", "TE", "keep-alive-not"])
            RequestOrigin.IsDnsRebinding(Exchange().With("Connection", connection)).Should().BeFalse("a proxy sends Connection: {0}", connection);
        RequestOrigin.IsDnsRebinding(Exchange(isHttp1: false)).Should().BeTrue("HTTP/2 has no Connection");
        RequestOrigin.IsDnsRebinding(Exchange(isHttp1: false).With("Via", "2.0 proxy")).Should().BeFalse();
        RequestOrigin.IsDnsRebinding(Exchange().With("Connection", "keep-alive").With("Via", "1.1 proxy")).Should().BeFalse("no page can set Via");
    }

    [Test]
    public void A_browser_on_this_machine_may_come_by_any_of_its_addresses()
    {
        foreach (var own in IPGlobalProperties.GetIPGlobalProperties().GetUnicastAddresses().Select(information => information.Address))
        {
            FakeExchange Exchange(string host) => new FakeExchange { Client = own }.With("Host", host).With("Accept-Language", "en");

            RequestOrigin.IsDnsRebinding(Exchange("evil.example:9000")).Should().BeTrue("{0} is an address of this machine", own);
            RequestOrigin.IsDnsRebinding(Exchange("192.0.2.2:9000")).Should().BeFalse();
            RequestOrigin.IsLocal(Exchange("localhost")).Should().Be(IPAddress.IsLoopback(own), "no right depends on the other addresses");
        }
    }

    [TestCase("evil.example", true)]
    [TestCase("127.0.0.1.evil.example:9000", true)]
    [TestCase("localhost.evil.example", true)]
    [TestCase("evil-localhost", true)]
    [TestCase("127.evil.example", true)]
    [TestCase("", true)]
    [TestCase(null, true)]
    [TestCase("localhost", false)]
    [TestCase("localhost:9000", false)]
    [TestCase("LOCALHOST.:9000", false)]
    [TestCase("app.localhost:9000", false)]
    [TestCase("127.0.0.1:9000", false)]
    [TestCase("127.1.2.3", false)]
    [TestCase("[::1]:9000", false)]
    [TestCase("192.168.0.7:9000", false)]
    [TestCase("0.0.0.0:9000", false)]
    public void A_name_that_only_this_machine_has_is_not_DNS_rebinding(string? host, bool isRebound) =>
        RequestOrigin.IsDnsRebinding(new FakeExchange().With("Host", host).With("Sec-Fetch-Site", "same-origin")).Should().Be(isRebound);

    [Test]
    public void The_machines_host_name_and_names_in_its_hosts_file_are_not_DNS_rebinding()
    {
        var listed = File.ReadLines("/etc/hosts").Select(line => line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).SelectMany(words => words.Skip(1));
        foreach (var name in (string[])[Dns.GetHostName(), $"{Dns.GetHostName()}.local", .. listed])
            RequestOrigin.IsDnsRebinding(new FakeExchange().With("Host", $"{name}:9000").With("Accept-Language", "en")).Should().BeFalse(name);
    }

    [TestCase("curl/8.5.0")]
    [TestCase("Wget/1.21")]
    [TestCase("python-requests/2.32")]
    [TestCase(null)]
    public void A_program_may_use_any_name(string? agent) =>
        RequestOrigin.IsDnsRebinding(new FakeExchange().With("Host", "files.example.com:9000").With("User-Agent", agent).With("Accept", "*/*").With("Accept-Encoding", "gzip").With("Referer", "")).Should().BeFalse();

    [TestCase("node", "*", "cors")]
    [TestCase("Mozilla/5.0 (Linux; Ubuntu 24.04; en-US) PowerShell/7.4.6", null, null)]
    [TestCase("Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1", null, null)]
    public void So_may_one_that_looks_a_little_like_a_browser(string agent, string? language, string? mode)
    {
        FakeExchange Exchange() => new FakeExchange().With("Host", "files.example.com:9000").With("User-Agent", agent).With("Accept-Language", language).With("Sec-Fetch-Mode", mode);

        RequestOrigin.IsDnsRebinding(Exchange()).Should().BeFalse();
        RequestOrigin.IsDnsRebinding(Exchange().With("Sec-Fetch-Site", "same-origin")).Should().BeTrue("browsers add it for https, and no page can remove it");
        if (mode is null)
            RequestOrigin.IsDnsRebinding(Exchange().With("Accept-Language", "*")).Should().BeTrue("browsers add it always");
        RequestOrigin.IsDnsRebinding(Exchange().With("Referer", "http://files.example.com:9000/")).Should().BeTrue();
    }

    [Test]
    public void Sec_Fetch_Site_counts_more_than_Origin()
    {
        var exchange = new FakeExchange("POST").With("Host", "h").With("Origin", "http://h");

        RequestOrigin.IsCrossSite(exchange.With("Sec-Fetch-Site", "cross-site")).Should().BeTrue();
    }

    [TestCase("127.0.0.1", "localhost:9000", true)]
    [TestCase("127.5.5.5", "127.0.0.1", true)]
    [TestCase("::1", "[::1]:9000", true)]
    [TestCase("127.0.0.1", "LOCALHOST", true)]
    [TestCase("192.0.2.1", "localhost", false)]
    [TestCase("fe80::1", "localhost", false)]
    [TestCase("127.0.0.1", "rebound.example:9000", false)]
    [TestCase("127.0.0.1", "localhost.evil.example", false)]
    [TestCase("127.0.0.1", "192.0.2.1", false)]
    [TestCase("127.0.0.1", "", false)]
    [TestCase("127.0.0.1", null, false)]
    public void A_request_is_local_if_it_comes_from_loopback_and_names_loopback(string client, string? host, bool isLocal) =>
        RequestOrigin.IsLocal(new FakeExchange { Client = IPAddress.Parse(client) }.With("Host", host)).Should().Be(isLocal);

    [TestCase("X-Forwarded-For", "127.0.0.1")]
    [TestCase("X-Forwarded-For", "")]
    [TestCase("Forwarded", "for=127.0.0.1")]
    [TestCase("X-Real-IP", "127.0.0.1")]
    [TestCase("X-Forwarded-Host", "localhost")]
    [TestCase("X-Forwarded-Proto", "http")]
    [TestCase("Via", "1.1 proxy")]
    [TestCase("Sec-Fetch-Site", "cross-site")]
    [TestCase("Origin", "http://evil.example")]
    [TestCase("Referer", "http://evil.example/")]
    public void A_proxy_or_a_page_of_another_site_is_not(string header, string value) =>
        RequestOrigin.IsLocal(new FakeExchange().With("Host", "localhost").With(header, value)).Should().BeFalse();

    [Test]
    public void Forwarding_fields_never_make_a_stranger_local()
    {
        var stranger = new FakeExchange { Client = IPAddress.Parse("192.0.2.1") }.With("Host", "localhost");

        RequestOrigin.IsLocal(stranger.With("X-Forwarded-For", "127.0.0.1").With("X-Real-IP", "::1").With("Forwarded", "for=127.0.0.1")).Should().BeFalse();
    }
}
