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

        AccessLog.Write(log.Logger, "GET", "/files", 200, 5, 1.5, IPAddress.Loopback);
        AccessLog.Write(log.Logger, "GET", "/files", 403, 5, 1.5, IPAddress.Loopback, "backup");

        log.All.Should().Equal(
            "Information GET /files 200 5 B 1.5 ms 127.0.0.1",
            "Information GET /files 403 5 B 1.5 ms 127.0.0.1 backup");
    }
}
