using System.Net;
using FileStore.Daemon.Http;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

[TestFixture]
public sealed class AccessLogTests
{
    private const string Token = "fst_oHf6DKDzxVUOYtlrSWH5XB9738NMK7sF0Ni_3xRTPO-";

    [TestCase("/?access_token=" + Token, "/?access_token=fst_***")]
    [TestCase("/" + Token + "/x?" + Token + "&" + Token, "/fst_***/x?fst_***&fst_***")]
    [TestCase("/x" + Token + "more-of_it&y", "/xfst_***&y")]
    [TestCase("/%20\u00e9" + Token, "/%20%E9fst_***")]
    [TestCase("/fst_short", "/fst_short")]
    [TestCase("/files/fst_", "/files/fst_")]
    public void A_token_in_a_target_is_hidden(string target, string logged) => AccessLog.Escape(target).Should().Be(logged);

    [Test]
    public void A_token_where_a_long_target_is_cut_is_hidden_too()
    {
        for (var before = 1940; before < 2010; before++)
            AccessLog.Escape("/" + new string('x', before) + Token + new string('&', 500)).Should().NotContain("fst_o").And.NotContain("PO-");
    }

    [Test]
    public void The_line_ends_with_the_client_and_with_the_tokens_name_where_there_is_one()
    {
        var log = new LoggedLines();

        log.Access.Write("GET", "/files", 200, 5, TimeSpan.FromMilliseconds(1.5), IPAddress.Loopback);
        log.Access.Write("GET", "/files", 403, 5, TimeSpan.FromMilliseconds(1.5), IPAddress.Loopback, "backup");

        log.All.Should().Equal(
            "Information GET /files 200 5 B 1.5 ms 127.0.0.1",
            "Information GET /files 403 5 B 1.5 ms 127.0.0.1 backup");
    }

    [TestCase(0, "0.0")]
    [TestCase(49, "0.0")]
    [TestCase(51, "0.1")]
    [TestCase(999_960, "1000.0")]
    [TestCase(3_600_000_149, "3600000.1")]
    public void Times_are_milliseconds_with_one_digit_more(long microseconds, string logged)
    {
        var log = new LoggedLines();

        log.Access.Write("GET", "/", 200, 0, TimeSpan.FromMicroseconds(microseconds), IPAddress.Loopback);

        log.All.Should().Equal($"Information GET / 200 0 B {logged} ms 127.0.0.1");
    }

    [Test]
    public void The_longest_line_is_whole()
    {
        var log = new LoggedLines();
        var client = IPAddress.Parse("fe80:1234:5678:9abc:1234:5678:9abc:def0%4294967295");

        log.Access.Write(new string('M', 5000), "/" + new string('\u00ff', 5000), int.MinValue, long.MinValue, TimeSpan.FromDays(10_000_000), client, new string('t', 64));

        log.All.Should().Equal(
            $"Information {new string('M', 32)}... /{string.Concat(Enumerable.Repeat("%FF", 1999))}... -2147483648 -9223372036854775808 B "
            + $"864000000000000.0 ms {client} {new string('t', 64)}");
    }
}
