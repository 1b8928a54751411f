using System.Net;
using FileStore.Daemon.Options;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Options;

[TestFixture]
public sealed class ListenAddressesTests
{
    [TestCase("127.0.0.1", "127.0.0.1:9000")]
    [TestCase("0.0.0.0", "0.0.0.0:9000")]
    [TestCase("::1", "[::1]:9000")]
    [TestCase("::", "[::]:9000")]
    public void An_address_is_itself(string host, string expected) =>
        ListenAddresses.Resolve(host, 9000).Select(endPoint => endPoint.ToString()).Should().Equal(expected);

    [Test]
    public void A_name_is_every_address_it_has_once()
    {
        var endPoints = ListenAddresses.Resolve("localhost", 9000);

        endPoints.Should().NotBeEmpty().And.OnlyHaveUniqueItems();
        endPoints.Should().OnlyContain(endPoint => IPAddress.IsLoopback(endPoint.Address) && endPoint.Port == 9000);
    }

    [Test]
    public void A_name_that_does_not_resolve_is_refused_with_its_option()
    {
        // A label longer than DNS allows: the resolver refuses it without asking anybody.
        var host = new string('a', 64) + ".invalid";

        var resolve = () => ListenAddresses.Resolve(host, 9000);

        resolve.Should().Throw<StartException>().Which.Message.Should().Contain("--host").And.Contain(host);
    }

    [TestCase("127.0.0.1", "http://127.0.0.1:9000/")]
    [TestCase("::1", "http://[::1]:9000/")]
    public void A_url_names_address_and_port(string address, string expected) =>
        ListenAddresses.Url("http", new IPEndPoint(IPAddress.Parse(address), 9000)).Should().Be(expected);

    [TestCase("0.0.0.0", "127.0.0.1")]
    [TestCase("::", "::1")]
    [TestCase("127.0.0.2", "127.0.0.2")]
    [TestCase("192.0.2.1", "192.0.2.1")]
    public void A_daemon_on_all_addresses_is_reached_on_loopback(string address, string expected) =>
        ListenAddresses.Reachable(new IPEndPoint(IPAddress.Parse(address), 9000)).Should().Be(new IPEndPoint(IPAddress.Parse(expected), 9000));
}
