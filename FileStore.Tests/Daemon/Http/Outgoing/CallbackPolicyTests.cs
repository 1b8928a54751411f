using System.Net;
using System.Net.Sockets;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Outgoing;

/// <summary>Callers cannot use the daemon to reach hosts that they cannot reach themselves.</summary>
[TestFixture]
public sealed class CallbackPolicyTests
{
    private const string Caller = "192.0.2.1";

    private readonly Dictionary<string, string[]> _names = new()
    {
        ["caller.example"] = [Caller],
        ["several.example"] = ["10.0.0.1", Caller, "127.0.0.1", "::1"],
        ["private.example"] = ["10.0.0.1", "192.168.0.1"],
        ["local.example"] = ["127.0.0.1"],
        ["localhost."] = ["127.0.0.1", "::1"],
        ["localhost"] = ["127.0.0.1", "::1"],
        ["mapped.example"] = [$"::ffff:{Caller}"],
        ["empty.example"] = [],
    };

    [TestCase(Caller, Caller)]
    [TestCase(Caller, "caller.example")]
    [TestCase(Caller, "several.example")]
    [TestCase(Caller, "mapped.example")]
    [TestCase(Caller, "::ffff:192.0.2.1")]
    [TestCase(Caller, "[::ffff:192.0.2.1]")]
    [TestCase(Caller, "3221225985")] // the same address as a number
    [TestCase("2001:db8::1", "2001:db8::1")]
    [TestCase("2001:db8::1", "[2001:DB8:0::1]")]
    public async Task The_caller_is_called_at_his_own_address_alone(string caller, string host)
    {
        var target = await AdmitAsync(caller, host);

        target.Addresses.Should().Equal(IPAddress.Parse(caller));
    }

    [TestCase("127.0.0.1", "127.0.0.1")]
    [TestCase("127.0.0.1", "127.1.2.3")]
    [TestCase("127.0.0.1", "::1")]
    [TestCase("::1", "127.0.0.1")]
    [TestCase("127.0.0.1", "localhost")]
    [TestCase("127.0.0.1", "localhost.")]
    [TestCase("127.0.0.1", "::ffff:127.0.0.1")]
    [TestCase("127.0.0.1", "2130706433")]
    [TestCase("127.0.0.1", "0x7f.1")]
    [TestCase("127.0.0.1", "several.example")]
    public async Task A_neighbour_may_name_this_machine(string caller, string host) =>
        (await AdmitAsync(caller, host)).Addresses.Should().NotBeEmpty().And.OnlyContain(address => IPAddress.IsLoopback(address));

    [TestCase("127.0.0.1")]
    [TestCase("127.1")]
    [TestCase("127.1.2.3")]
    [TestCase("2130706433")]
    [TestCase("0x7f.1")]
    [TestCase("0x7f000001")]
    [TestCase("017700000001")]
    [TestCase("::1")]
    [TestCase("[::1]")]
    [TestCase("0:0:0:0:0:0:0:1")]
    [TestCase("::ffff:127.0.0.1")]
    [TestCase("::ffff:7f00:1")]
    [TestCase("::127.0.0.1")]
    [TestCase("64:ff9b::7f00:1", Description = "NAT64")]
    [TestCase("0.0.0.0")]
    [TestCase("0")]
    [TestCase("::")]
    [TestCase("[::]")]
    [TestCase("10.0.0.1")]
    [TestCase("172.16.0.1")]
    [TestCase("192.168.0.1")]
    [TestCase("169.254.169.254")]
    [TestCase("100.64.0.1")]
    [TestCase("fe80::1")]
    [TestCase("fd00::1")]
    [TestCase("224.0.0.1")]
    [TestCase("255.255.255.255")]
    [TestCase("192.0.2.2")]
    [TestCase("localhost")]
    [TestCase("localhost.")]
    [TestCase("local.example")]
    [TestCase("private.example")]
    [TestCase("empty.example")]
    [TestCase("unknown.example")]
    public async Task A_client_may_not_name_another_host(string host)
    {
        await ShouldBeRefusedAsync(403, Caller, host);
        if (!(await IsLoopbackAsync(host)))
            await ShouldBeRefusedAsync(403, "127.0.0.1", host);
    }

    [TestCase("user@127.0.0.1")]
    [TestCase("127.0.0.1@192.0.2.1")]
    [TestCase("127.0.0.1/")]
    [TestCase("127.0.0.1#")]
    [TestCase("127.0.0.1?")]
    [TestCase("127.0.0.1:80")]
    [TestCase("http://127.0.0.1")]
    [TestCase("file:///etc/passwd")]
    [TestCase("gopher://127.0.0.1")]
    [TestCase("a b")]
    [TestCase("\\\\127.0.0.1")]
    [TestCase("[127.0.0.1")]
    [TestCase("]127.0.0.1[")]
    [TestCase("[127.0.0.1]")]
    [TestCase("[caller.example]")]
    [TestCase("[[::1]]")]
    [TestCase("*")]
    [TestCase("[]")]
    public Task A_malformed_host_is_a_400(string host) => ShouldBeRefusedAsync(400, "127.0.0.1", host);

    [TestCase("0")]
    [TestCase("65536")]
    [TestCase("-1")]
    [TestCase("+80")]
    [TestCase(" 80")]
    [TestCase("80a")]
    [TestCase("0x50")]
    [TestCase("٨٠")]
    [TestCase("99999999999999999999")]
    public Task A_malformed_port_is_a_400(string port) => ShouldBeRefusedAsync(400, "127.0.0.1", "127.0.0.1", port);

    [TestCase("ping")]
    [TestCase("@evil.example/")]
    [TestCase(".evil.example/")]
    [TestCase(":81/")]
    [TestCase("?a")]
    public Task A_malformed_path_is_a_400(string path) => ShouldBeRefusedAsync(400, "127.0.0.1", "127.0.0.1", "80", path);

    [TestCase("/ping?id=A1", "/ping?id=A1")]
    [TestCase("/", "/")]
    [TestCase("//evil.example/x", "//evil.example/x")]
    [TestCase("/@evil.example", "/@evil.example")]
    [TestCase("/a/../b/./c", "/a/../b/./c")]
    [TestCase("/a%2Fb%20c", "/a%2Fb%20c")]
    [TestCase("/a b#c", "/a%20b%23c")]
    [TestCase("/готово?id=1", "/%D0%B3%D0%BE%D1%82%D0%BE%D0%B2%D0%BE?id=1")]
    [TestCase("/%", "/%")]
    [TestCase("/\\evil.example", "/\\evil.example")]
    public async Task The_path_goes_out_as_it_is(string path, string sent)
    {
        using var trap = Trap.Answering(200);

        var target = await AdmitAsync("127.0.0.1", "127.0.0.1", $"{trap.Port}", path);
        await new Callback(new LoggedLines().Logger, TimeProvider.System).SendAsync(target, CancellationToken.None);

        trap.Requests.Should().ContainSingle().Which.Should().StartWith($"GET {sent} HTTP/1.1\r\nHost: 127.0.0.1:{trap.Port}\r\n");
    }

    [TestCase("X-Forwarded-For", "127.0.0.1")]
    [TestCase("Forwarded", "for=127.0.0.1")]
    [TestCase("X-Real-IP", "127.0.0.1")]
    [TestCase("Via", "1.1 proxy")]
    public async Task Behind_a_proxy_only_hosts_of_the_configuration_are_called(string header, string value)
    {
        foreach (var caller in (string[])["127.0.0.1", Caller])
        {
            await ShouldBeRefusedAsync(403, caller, caller, forwarded: (header, value));
            (await AdmitAsync(caller, "build.example", forwarded: (header, value))).Addresses.Should().BeNull();
        }
    }

    [TestCase("build.example", true)]
    [TestCase("BUILD.EXAMPLE", true)]
    [TestCase("10.9.9.9", true)]
    [TestCase("2001:db8::9", true)]
    [TestCase("[2001:db8::9]", true)]
    [TestCase("build.example.", false)]
    [TestCase("a.build.example", false)]
    [TestCase("10.9.9.8", false)]
    public async Task Hosts_of_the_configuration_are_open_to_everybody(string host, bool isOpen)
    {
        if (isOpen)
            (await AdmitAsync(Caller, host)).Addresses.Should().BeNull("a name may move");
        else
            await ShouldBeRefusedAsync(403, Caller, host);
    }

    private async Task<bool> IsLoopbackAsync(string host) =>
        IPAddress.TryParse(host, out var address) ? IPAddress.IsLoopback(address)
        : _names.ContainsKey(host) && (await ResolveAsync(host)).Any(IPAddress.IsLoopback);

    private async Task ShouldBeRefusedAsync(
        int status, string caller, string host, string port = "80", string path = "/", (string, string)? forwarded = null)
    {
        var admit = () => AdmitAsync(caller, host, port, path, forwarded);

        (await admit.Should().ThrowAsync<ProblemException>(host)).Which.Problem.Status.Should().Be(status);
    }

    private Task<CallbackTarget> AdmitAsync(
        string caller, string host, string port = "80", string path = "/", (string Name, string Value)? forwarded = null)
    {
        var exchange = new FakeExchange { Client = IPAddress.Parse(caller) };
        if (forwarded is { } header)
            exchange.With(header.Name, header.Value);
        return new CallbackPolicy(["build.example", "10.9.9.9", "2001:db8::9"], ResolveAsync).AuthorizeAsync(exchange, host, port, path);
    }

    private Task<IPAddress[]> ResolveAsync(string name) => _names.TryGetValue(name, out var addresses)
        ? Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)])
        : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
}
