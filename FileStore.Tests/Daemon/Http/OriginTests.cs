using System.Net;
using FileStore.Daemon.Http;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

[TestFixture]
public sealed class OriginTests
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
    [TestCase("User-Agent", "curl/8", false)]
    public void A_page_of_another_site_is_known_by_what_browsers_add(string field, string value, bool isAnother) =>
        Origin.IsAnotherSite(new FakeExchange("POST").With("Host", "files.example:9000").With(field, value)).Should().Be(isAnother);

    [Test]
    public void What_the_browser_says_of_the_site_counts_more_than_the_origin_it_names()
    {
        var exchange = new FakeExchange("POST").With("Host", "h").With("Origin", "http://h");

        Origin.IsAnotherSite(exchange.With("Sec-Fetch-Site", "cross-site")).Should().BeTrue();
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
    public void Local_is_who_calls_from_here_and_means_here(string client, string? host, bool isLocal) =>
        Origin.IsLocal(new FakeExchange { Client = IPAddress.Parse(client) }.With("Host", host)).Should().Be(isLocal);

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
    public void A_proxy_or_a_page_of_another_site_is_not(string field, string value) =>
        Origin.IsLocal(new FakeExchange().With("Host", "localhost").With(field, value)).Should().BeFalse();

    [Test]
    public void Forwarding_fields_never_make_a_stranger_local()
    {
        var stranger = new FakeExchange { Client = IPAddress.Parse("192.0.2.1") }.With("Host", "localhost");

        Origin.IsLocal(stranger.With("X-Forwarded-For", "127.0.0.1").With("X-Real-IP", "::1").With("Forwarded", "for=127.0.0.1")).Should().BeFalse();
    }
}
