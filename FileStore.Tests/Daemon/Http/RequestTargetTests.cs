using System.Text;
using FileStore.Daemon.Http;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

[TestFixture]
public sealed class RequestTargetTests
{
    [TestCase("/", "")]
    [TestCase("/files", "files")]
    [TestCase("/files/", "files", "")]
    [TestCase("//", "", "")]
    [TestCase("//files", "", "files")]
    [TestCase("/a%20b/c+d", "a b", "c+d")]
    [TestCase("/%d0%BF", "п")]
    [TestCase("/a?b/c?d", "a")]
    [TestCase("/?", "")]
    public void A_path_is_split_at_its_slashes_and_then_decoded(string target, params string[] segments) =>
        RequestTarget.Parse(target).Segments.Should().Equal(segments);

    [TestCase("/..", "..")]
    [TestCase("/../etc", "..", "etc")]
    [TestCase("/%2e%2e", "..")]
    [TestCase("/%2e%2e%2fetc%2fpasswd", "../etc/passwd")]
    [TestCase("/..%2F", "../")]
    [TestCase("/%252e%252e%252f", "%2e%2e%2f")]
    [TestCase("/%25%32%65", "%2e")]
    [TestCase("/..\\..", "..\\..")]
    [TestCase("/..%5c..", "..\\..")]
    public void Dots_and_encoded_slashes_stay_in_a_segment_that_is_decoded_once(string target, params string[] segments) =>
        RequestTarget.Parse(target).Segments.Should().Equal(segments);

    [TestCase("/%")]
    [TestCase("/%4")]
    [TestCase("/%zz")]
    [TestCase("/%u002e")]
    [TestCase("/a%2")]
    [TestCase("/%+1")]
    [TestCase("/% 1")]
    [TestCase("/%00")]
    [TestCase("/a%0ab")]
    [TestCase("/%1b[2J")]
    [TestCase("/%7f")]
    [TestCase("/%c2%85", Description = "U+0085, a control character beyond ASCII")]
    [TestCase("/%c0%ae", Description = "an overlong dot")]
    [TestCase("/%c0%80", Description = "an overlong NUL")]
    [TestCase("/%e0%80%af", Description = "an overlong slash")]
    [TestCase("/%ff")]
    [TestCase("/%d0", Description = "half a letter")]
    [TestCase("/%ed%a0%80", Description = "a surrogate")]
    [TestCase("/%f4%90%80%80", Description = "beyond Unicode")]
    [TestCase("/\u00ff", Description = "a raw byte that is no UTF-8")]
    [TestCase("/?a=%")]
    [TestCase("/?%ff=a")]
    [TestCase("/?a=%ff")]
    [TestCase("/?%00=a")]
    public void Broken_encodings_are_refused(string target)
    {
        var parse = () => RequestTarget.Parse(target);

        parse.Should().Throw<ProblemException>().Which.Problem.Status.Should().Be(400);
    }

    [TestCase("%00")]
    [TestCase("b%0d%0ac")]
    [TestCase("%1b")]
    [TestCase("%c2%85")]
    public void A_value_with_control_characters_is_refused_unless_it_is_read_as_it_came(string value)
    {
        var parsed = RequestTarget.Parse($"/?a={value}&b=c");

        parsed.Invoking(t => t.Query("a")).Should().Throw<ProblemException>().Which.Problem.Status.Should().Be(400);
        parsed.QueryAsItCame("a").Should().Be(Uri.UnescapeDataString(value));
        parsed.Query("b").Should().Be("c", "nobody has asked for the other");
    }

    [Test]
    public void Raw_UTF_8_in_a_target_is_decoded()
    {
        var raw = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("/отчёт.pdf?name=файл 1".Replace(" ", "%20", StringComparison.Ordinal)));

        var target = RequestTarget.Parse(raw);

        target.Segments.Should().Equal("отчёт.pdf");
        target.Query("name").Should().Be("файл 1");
    }

    [TestCase("/?a=b", "b")]
    [TestCase("/?x=y&a=b", "b")]
    [TestCase("/?a=b&a=c", "b")]
    [TestCase("/?a=", "")]
    [TestCase("/?a", "")]
    [TestCase("/?a=b=c", "b=c")]
    [TestCase("/?&&a=b&", "b")]
    [TestCase("/?a=b+c", "b c")]
    [TestCase("/?a=b%2bc", "b+c")]
    [TestCase("/?a=b%26c%3Dd", "b&c=d")]
    [TestCase("/?a=/ping?id=A1", "/ping?id=A1")]
    [TestCase("/?%61=b", "b")]
    [TestCase("/?A=b", null)]
    [TestCase("/?=b", null)]
    [TestCase("/?", null)]
    [TestCase("/", null)]
    [TestCase("/a=b", null)]
    public void A_parameter_is_found_by_its_name(string target, string? value) => RequestTarget.Parse(target).Query("a").Should().Be(value);
}
