using System.Text;
using FileStore.Daemon.Http.Engines.HttpListener;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines.HttpListener;

[TestFixture]
public sealed class ResponseHeadTests
{
    [Test]
    public void A_head_is_a_status_line_fields_and_an_empty_line()
    {
        var head = new ResponseHead { Status = 206, ContentLength = 12 };
        head.SetHeader("ETag", "\"a\"");
        head.SetHeader("X-Empty", "");

        Text(head).Should().MatchRegex(
            "^HTTP/1\\.1 206 Partial Content\r\nServer: filestore\r\nDate: \\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT\r\n" +
            "Content-Length: 12\r\nETag: \"a\"\r\nX-Empty: \r\n\r\n$");
    }

    [TestCase(204, false)]
    [TestCase(200, true)]
    [TestCase(205, true)]
    [TestCase(304, true)]
    public void Only_204_has_no_length(int status, bool hasLength) =>
        Text(new ResponseHead { Status = status }).Contains("Content-Length: 0\r\n", StringComparison.Ordinal).Should().Be(hasLength);

    [Test]
    public void A_reason_of_ones_own_takes_the_place_of_the_statuss() =>
        Text(new ResponseHead { Status = 400, Reason = "ERROR - x" }).Should().StartWith("HTTP/1.1 400 ERROR - x\r\n");

    [TestCase("close")]
    [TestCase("keep-alive")]
    public void The_Connection_header_is_written_only_if_it_is_given(string connection)
    {
        Text(new ResponseHead(), connection).Should().EndWith($"\r\nConnection: {connection}\r\n\r\n");
        Text(new ResponseHead()).Should().NotContain("Connection");
    }

    [Test]
    public void A_field_that_is_set_again_has_its_last_value()
    {
        var head = new ResponseHead();
        head.SetHeader("Cache-Control", "public");
        head.SetHeader("X-Other", "stays");
        head.SetHeader("cache-control", "no-store");

        Text(head).Should().Contain("no-store").And.Contain("X-Other: stays").And.NotContain("public");
    }

    [Test]
    public void Fields_can_be_forgotten()
    {
        var head = new ResponseHead();
        head.SetHeader("X-Gone", "y");

        head.ClearHeaders();

        Text(head).Should().NotContain("X-Gone").And.Contain("Server: filestore");
    }

    [TestCase("a\r\nSet-Cookie: x=y")]
    [TestCase("a\nb")]
    [TestCase("a\r\n folded")]
    [TestCase("a\0b")]
    [TestCase("a\u007f")]
    public void A_value_cannot_end_its_field(string value)
    {
        var set = () => new ResponseHead().SetHeader("X-Name", value);

        var say = () => new ResponseHead().Reason = value;

        set.Should().Throw<ArgumentException>().WithMessage("the response header X-Name*");
        say.Should().Throw<ArgumentException>();
    }

    [Test]
    public void Text_beyond_ASCII_is_UTF_8_and_finds_room()
    {
        var head = new ResponseHead { Status = 500, Reason = "ой", ContentLength = long.MaxValue };
        head.SetHeader("X-Name", new string('я', 2000) + "\U0001F600");

        Text(head, "keep-alive").Should().Contain($"X-Name: {new string('я', 2000)}\U0001F600\r\n").And.Contain("500 ой\r\n");
    }

    private static string Text(ResponseHead head, string? connection = null)
    {
        var bytes = new byte[head.MaxLength];
        return Encoding.UTF8.GetString(bytes, 0, head.WriteTo(bytes, connection));
    }
}
