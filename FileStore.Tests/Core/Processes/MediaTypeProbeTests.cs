using System.IO.Compression;
using FileStore.Core.Primitives;
using FileStore.Core.Processes;
using FileStore.Tests.Contracts;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Processes;

/// <summary>Uses the system's file(1).</summary>
[TestFixture]
public sealed class MediaTypeProbeTests
{
    private static IEnumerable<TestCaseData> Files()
    {
        yield return new TestCaseData(Gzip(Bytes.Random(100)), "application/gzip").SetName("gzip");
        yield return new TestCaseData(Zip(), "application/zip").SetName("zip");
        yield return new TestCaseData(Bytes.Of("%PDF-1.7\n1 0 obj"), "application/pdf").SetName("pdf");
        yield return new TestCaseData(Bytes.Of("Привет, мир\n"), "text/plain").SetName("text");
        yield return new TestCaseData(Bytes.Of("#!/bin/sh\nrm -rf /\n"), "text/x-shellscript").SetName("script");
        yield return new TestCaseData((byte[])[0x7f, .. "ELF"u8, 2, 1, 1, .. new byte[64]], "application/octet-stream").SetName("half_an_ELF");
        yield return new TestCaseData(new byte[3 << 20], "application/octet-stream").SetName("three_megabytes_of_nothing");
        yield return new TestCaseData(Array.Empty<byte>(), "application/x-empty").SetName("empty");
    }

    [TestCaseSource(nameof(Files))]
    public async Task A_type_is_known_by_the_first_bytes(byte[] bytes, string type)
    {
        var store = new MemoryBlobStore(HashKind.Sha256);
        await using var incoming = await store.ReceiveAsync(new MemoryStream(bytes), null, CancellationToken.None);
        await using var content = await incoming.OpenAsync(CancellationToken.None);

        (await new MediaTypeProbe(TimeProvider.System).DetectAsync(content, CancellationToken.None)).Should().Be(type);
    }

    [TestCase("application/gzip", "application/gzip", true)]
    [TestCase("application/gzip", "application/x-gzip", true)]
    [TestCase("application/x-gzip", "Application/GZip", true)]
    [TestCase("image/*", "image/png", true)]
    [TestCase("image/*", "imagex/png", false)]
    [TestCase("image/png", "image/*", false)]
    [TestCase("text/plain", "text/x-shellscript", false)]
    [TestCase("application/zip", "application/gzip", false)]
    public void A_type_matches_whatever_its_spelling(string meant, string type, bool does) =>
        MediaTypeProbe.Matches(meant, type).Should().Be(does);

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    private static byte[] Zip()
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create))
            zip.CreateEntry("a.txt").Open().Dispose();
        return packed.ToArray();
    }
}
