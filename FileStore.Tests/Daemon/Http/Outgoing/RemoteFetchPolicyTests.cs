using System.Net;
using System.Net.Sockets;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Outgoing;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Outgoing;

/// <summary>Clients cannot use the daemon to reach hosts that the configuration does not allow.</summary>
[TestFixture]
public sealed class RemoteFetchPolicyTests
{
    private readonly Dictionary<string, string[]> _names = new()
    {
        ["files.example"] = ["8.8.8.8", "2606:4700::1"],
        ["private.example"] = ["10.0.0.1", "192.168.0.1"],
        ["loopback.example"] = ["127.0.0.1"],
        ["metadata.example"] = ["169.254.169.254"],
        ["mixed.example"] = ["10.0.0.1", "8.8.4.4", "::1", "127.0.0.1"],
        ["mapped.example"] = ["::ffff:10.0.0.1"],
        ["nat64.example"] = ["64:ff9b::a00:1"],
        ["6to4.example"] = ["2002:a00:1::"],
        ["empty.example"] = [],
        ["xn--e1afmkfd.example"] = ["8.8.8.8"],
        ["localhost"] = ["127.0.0.1", "::1"],
    };

    [TestCase("http://files.example/a", "files.example", "8.8.8.8 2606:4700::1")]
    [TestCase("https://files.example/a", "files.example", "8.8.8.8 2606:4700::1")]
    [TestCase("http://FILES.example:80/a", "files.example", "8.8.8.8 2606:4700::1")]
    [TestCase("https://files.example:443/a", "files.example", "8.8.8.8 2606:4700::1")]
    [TestCase("http://files.example:8080/a", "files.example:8080", "8.8.8.8 2606:4700::1")]
    [TestCase("http://127.0.0.1/a", "127.0.0.1", "127.0.0.1")]
    [TestCase("http://2130706433/", "127.0.0.1", "127.0.0.1", Description = "the same address as a number")]
    [TestCase("http://0x7f.1/", "127.0.0.1", "127.0.0.1")]
    [TestCase("http://0177.1/", "127.0.0.1", "127.0.0.1")]
    [TestCase("http://[::ffff:127.0.0.1]/", "127.0.0.1", "127.0.0.1")]
    [TestCase("http://[::1]:81/", "[::1]:81", "::1")]
    [TestCase("http://[0:0::0:1]/", "::1", "::1")]
    [TestCase("http://пример.example/", "xn--e1afmkfd.example", "8.8.8.8")]
    [TestCase("http://xn--e1afmkfd.example/", "пример.example", "8.8.8.8")]
    [TestCase("http://localhost/", "localhost", "127.0.0.1 ::1")]
    [TestCase("http://127.0.0.1:80/", "localhost", "127.0.0.1")]
    [TestCase("http://[::1]/", "localhost", "::1")]
    [TestCase("http://private.example/", "private.example 10.0.0.1", "10.0.0.1")]
    [TestCase("http://mapped.example/", "mapped.example 10.0.0.1", "10.0.0.1")]
    [TestCase("http://loopback.example/", "loopback.example localhost", "127.0.0.1")]
    [TestCase("http://mixed.example/", "mixed.example", "8.8.4.4", Description = "of several addresses those that are public")]
    [TestCase("http://mixed.example/", "mixed.example ::1", "8.8.4.4 ::1")]
    public async Task A_listed_host_is_asked_at_its_public_or_listed_addresses(string url, string hosts, string addresses) =>
        (await AdmitAsync(url, hosts)).Should().Equal(addresses.Split(' ').Select(IPAddress.Parse));

    [TestCase("http://127.0.0.1/")]
    [TestCase("http://127.1/")]
    [TestCase("http://127.1.2.3/")]
    [TestCase("http://2130706433/")]
    [TestCase("http://0x7f.1/")]
    [TestCase("http://0x7f000001/")]
    [TestCase("http://0177.1/")]
    [TestCase("http://017700000001/")]
    [TestCase("http://0.0.0.0/")]
    [TestCase("http://0/")]
    [TestCase("http://[::]/")]
    [TestCase("http://[::1]/")]
    [TestCase("http://[::ffff:127.0.0.1]/")]
    [TestCase("http://[::ffff:7f00:1]/")]
    [TestCase("http://[::127.0.0.1]/")]
    [TestCase("http://[64:ff9b::7f00:1]/")]
    [TestCase("http://10.0.0.1/")]
    [TestCase("http://172.16.0.1/")]
    [TestCase("http://192.168.0.1/")]
    [TestCase("http://169.254.169.254/latest/meta-data")]
    [TestCase("http://100.64.0.1/")]
    [TestCase("http://[fe80::1]/")]
    [TestCase("http://[fd00::1]/")]
    [TestCase("http://224.0.0.1/")]
    [TestCase("http://255.255.255.255/")]
    [TestCase("http://8.8.8.8/", Description = "an address of a listed name is not listed by that")]
    [TestCase("http://localhost/")]
    [TestCase("http://localhost./")]
    [TestCase("http://files.example./")]
    [TestCase("http://a.files.example/")]
    [TestCase("http://files.example.evil.example/")]
    [TestCase("http://xfiles.example/")]
    [TestCase("http://files.example:8080/")]
    [TestCase("http://files.example:443/")]
    [TestCase("https://files.example:80/")]
    [TestCase("http://port.example/")]
    [TestCase("http://port.example:8081/")]
    [TestCase("http://user@files.example/")]
    [TestCase("http://user:password@files.example/")]
    [TestCase("http://files.example@evil.example/")]
    [TestCase("http://evil.example#@files.example/")]
    [TestCase("http://private.example/")]
    [TestCase("http://loopback.example/")]
    [TestCase("http://metadata.example/")]
    [TestCase("http://mapped.example/")]
    [TestCase("http://nat64.example/")]
    [TestCase("http://6to4.example/")]
    [TestCase("http://empty.example/")]
    [TestCase("file:///etc/passwd")]
    [TestCase("file://files.example/etc/passwd")]
    [TestCase("ftp://files.example/a")]
    [TestCase("gopher://files.example/a")]
    [TestCase("ws://files.example/a")]
    [TestCase("data:text/plain,a")]
    [TestCase("javascript:alert(1)")]
    public async Task A_host_address_or_scheme_that_is_not_allowed_is_refused(string url)
    {
        var names = string.Join(' ', _names.Keys.Where(name => name != "localhost"));

        (await this.Awaiting(_ => AdmitAsync(url, $"{names} port.example:8080")).Should().ThrowAsync<ProblemException>(url)).Which.Problem.Status.Should().Be(403);
    }

    [Test]
    public async Task Without_hosts_nobody_is_asked_and_no_name_is_looked_up()
    {
        var lookups = 0;
        var guard = new RemoteFetchPolicy([], (_, _) =>
        {
            lookups++;
            return Task.FromResult<IPAddress[]>([IPAddress.Parse("8.8.8.8")]);
        });

        (await guard.Awaiting(g => g.AuthorizeAsync(new Uri("http://files.example/"), CancellationToken.None)).Should().ThrowAsync<ProblemException>()).Which.Problem.Status.Should().Be(403);
        lookups.Should().Be(0);
    }

    [Test]
    public async Task A_listed_name_that_does_not_resolve_is_an_error_and_not_a_refusal() =>
        await this.Awaiting(_ => AdmitAsync("http://gone.example/", "gone.example")).Should().ThrowAsync<SocketException>();

    [TestCase("8.8.8.8", true)]
    [TestCase("100.63.255.255", true)]
    [TestCase("100.64.0.0", false)]
    [TestCase("100.127.255.255", false)]
    [TestCase("172.15.255.255", true)]
    [TestCase("172.31.255.255", false)]
    [TestCase("172.32.0.0", true)]
    [TestCase("192.0.2.1", false)]
    [TestCase("198.19.255.255", false)]
    [TestCase("223.255.255.255", true)]
    [TestCase("2606:4700::1", true)]
    [TestCase("2001:db8::1", false)]
    [TestCase("2001::1", false, Description = "Teredo")]
    [TestCase("2001:200::1", true)]
    [TestCase("2002:7f00:1::", false)]
    [TestCase("3fff::1", false)]
    [TestCase("4000::1", false)]
    [TestCase("64:ff9b::808:808", false)]
    [TestCase("64:ff9b:1::1", false)]
    [TestCase("fc00::1", false)]
    [TestCase("fec0::1", false)]
    [TestCase("ff02::1", false)]
    [TestCase("100::1", false)]
    [TestCase("::8.8.8.8", false)]
    public void An_address_is_public_where_the_registries_say_so(string address, bool isPublic) =>
        RemoteFetchPolicy.IsPublic(IPAddress.Parse(address)).Should().Be(isPublic);

    [TestCase("files.example.com", "files.example.com", null)]
    [TestCase("Files.Example.com:8080", "files.example.com", 8080)]
    [TestCase("127.0.0.1", "127.0.0.1", null)]
    [TestCase("127.0.0.1:80", "127.0.0.1", 80)]
    [TestCase("::1", "::1", null)]
    [TestCase("[::1]", "::1", null)]
    [TestCase("[::1]:8443", "::1", 8443)]
    [TestCase("0:0:0:0:0:0:0:1", "::1", null)]
    [TestCase("::ffff:127.0.0.1", "127.0.0.1", null)]
    [TestCase("пример.рф", "xn--e1afmkfd.xn--p1ai", null)]
    [TestCase("localhost", "localhost", null)]
    public void A_host_is_read_with_its_port(string text, string host, int? port) =>
        RemoteHost.Parse(text).Should().Be(new RemoteHost(host, port));

    [TestCase("")]
    [TestCase(" ")]
    [TestCase(":80")]
    [TestCase("a:")]
    [TestCase("[::1]:")]
    [TestCase("a:0x50")]
    [TestCase("a:65536")]
    [TestCase("a:-1")]
    [TestCase("a:80:80")]
    [TestCase("http://a")]
    [TestCase("a/")]
    [TestCase("a/b")]
    [TestCase("a\\b")]
    [TestCase("a?b")]
    [TestCase("a#b")]
    [TestCase("user@a")]
    [TestCase("user:password@a")]
    [TestCase("*.example.com")]
    [TestCase("a b")]
    [TestCase("[::1")]
    [TestCase("[127.0.0.1]")]
    public void A_malformed_host_is_refused(string text) =>
        FluentActions.Invoking(() => RemoteHost.Parse(text)).Should().Throw<FormatException>(text);

    private Task<IPAddress[]> AdmitAsync(string url, string hosts) =>
        new RemoteFetchPolicy([.. hosts.Split(' ').Select(RemoteHost.Parse)], ResolveAsync).AuthorizeAsync(new Uri(url), CancellationToken.None);

    private Task<IPAddress[]> ResolveAsync(string name, CancellationToken ct) => _names.TryGetValue(name, out var addresses)
        ? Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)])
        : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
}
