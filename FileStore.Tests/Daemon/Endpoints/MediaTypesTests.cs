using FileStore.Daemon.Endpoints;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Endpoints;

[TestFixture]
public sealed class MediaTypesTests
{
    private const string AnyBytes = "application/octet-stream";

    [TestCase("a.txt", "text/plain")]
    [TestCase("A.TXT", "text/plain")]
    [TestCase("a.b.pdf", "application/pdf")]
    [TestCase(".html", "text/html")]
    [TestCase("отчёт.json", "application/json")]
    [TestCase("a.zip", "application/x-zip-compressed")]
    [TestCase("a.txt.gz", "application/x-gzip")]
    [TestCase("a.tgz", "application/x-compressed")]
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
