using FileStore.Daemon.Http.Semantics;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Semantics;

[TestFixture]
public sealed class MediaTypesTests
{
    private const string AnyBytes = "application/octet-stream";

    [TestCase("a.txt", "text/plain")]
    [TestCase("A.TXT", "text/plain")]
    [TestCase("a.b.pdf", "application/pdf")]
    [TestCase(".html", "text/html")]
    [TestCase("отчёт.json", "application/json")]
    [TestCase("a.zip", "application/zip")]
    [TestCase("a.txt.gz", "application/gzip")]
    [TestCase("a.tgz", "application/gzip")]
    [TestCase("a", AnyBytes)]
    [TestCase("a.", AnyBytes)]
    [TestCase("txt", AnyBytes)]
    [TestCase("a.unknown-to-all", AnyBytes)]
    [TestCase("a.txt ", AnyBytes)]
    [TestCase("a.txt/b", AnyBytes)]
    [TestCase("", AnyBytes)]
    [TestCase(null, AnyBytes)]
    public void The_extension_tells_the_type(string? name, string type) => MediaTypes.Of(name).Should().Be(type);
}
