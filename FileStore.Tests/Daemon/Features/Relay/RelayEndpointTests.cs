using FileStore.Daemon.Features.Relay;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Features.Relay;

[TestFixture]
public sealed class RelayEndpointTests
{
    [TestCase("""{"somefile":"/a/b.gz"}""", "/a/b.gz")]
    [TestCase(""" { "somefile" : "http://h/a?b=c" } """, "http://h/a?b=c")]
    [TestCase("""{"somefile":"\u002fa\\b\"c"}""", "/a\\b\"c")]
    [TestCase("""{"somefile":"/отчёт 😀"}""", "/отчёт 😀")]
    [TestCase("""{"somefile":"/\ud83d\ude00"}""", "/😀")]
    [TestCase("""{"some\u0066ile":"/a"}""", "/a")]
    [TestCase("""{"somefile":"/a\u0000b"}""", "/a\0b", Description = "which is outside of everything, and not malformed")]
    public void A_body_names_one_place(string body, string place) => RelayEndpoint.Parse(body).Should().Be(place);

    [TestCase("", "the body")]
    [TestCase("{", "the body")]
    [TestCase("somefile=/a", "the body")]
    [TestCase("""{"somefile":"/a"} x""", "the body")]
    [TestCase("""{"somefile":"/a"}{"somefile":"/b"}""", "the body")]
    [TestCase("""{"somefile":"/a",}""", "the body")]
    [TestCase("""{"somefile":"/a\uZZZZ"}""", "the body")]
    [TestCase("""{'somefile':'/a'}""", "the body")]
    [TestCase("""{"somefile":[[["/a"]]]}""", "the body", Description = "which is too deep")]
    [TestCase("null", "one member")]
    [TestCase("\"/a\"", "one member")]
    [TestCase("""["/a"]""", "one member")]
    [TestCase("{}", "one member")]
    [TestCase("""{"somefile":""}""", "one member")]
    [TestCase("""{"somefile":null}""", "one member")]
    [TestCase("""{"somefile":1}""", "one member")]
    [TestCase("""{"somefile":["/a"]}""", "one member")]
    [TestCase("""{"Somefile":"/a"}""", "one member")]
    [TestCase("""{"file":"/a"}""", "one member")]
    [TestCase("""{"somefile":"/a","name":"b"}""", "one member")]
    [TestCase("""{"somefile":"/a","somefile":"/b"}""", "one member")]
    [TestCase("""{"somefile":"/a\ud83d"}""", "surrogate")]
    [TestCase("""{"some\ud83dfile":"/a"}""", "")]
    public void Anything_else_is_malformed(string body, string words) =>
        FluentActions.Invoking(() => RelayEndpoint.Parse(body)).Should().Throw<ProblemException>(body)
            .Which.Problem.Should().Match<Problem>(problem => problem.Status == 400 && problem.Detail.Contains(words));

    [TestCase("a.gz", "a.gz")]
    [TestCase("", "")]
    [TestCase("отчёт 😀.gz", "отчёт 😀.gz")]
    [TestCase("/etc/passwd", "passwd")]
    [TestCase("../../a", "a")]
    [TestCase("C:\\Users\\ann\\a.gz", "a.gz")]
    [TestCase("a/b\\c", "c")]
    [TestCase("a\\b/c", "c")]
    [TestCase("folder/", "")]
    [TestCase("a%2Fb", "a%2Fb")]
    [TestCase("a\"b'c", "a\"b'c")]
    public void A_name_has_no_folders(string name, string plain) => OneFileForm.PlainName(name).Should().Be(plain);

    [TestCase("a\r\nb")]
    [TestCase("a\0.gz")]
    [TestCase("a\tb")]
    [TestCase("\u001b[31m")]
    [TestCase("a\u007f")]
    [TestCase("a\u0085b")]
    [TestCase("folder\n/a", Description = "not even in a folder's name")]
    public void Nor_control_characters(string name) =>
        FluentActions.Invoking(() => OneFileForm.PlainName(name)).Should().Throw<ProblemException>().Which.Problem.Status.Should().Be(400);
}
