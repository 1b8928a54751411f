using FileStore.Core.Exports;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Exports;

/// <summary>Files beyond the original limits of the formats: 4 GiB in zip, 8 GiB in tar.</summary>
[TestFixture, Category("Long")]
public sealed class LargeArchiveTests
{
    private ExportFolder _export;

    [SetUp]
    public void MakeExport() => _export = new ExportFolder();

    [TearDown]
    public void RemoveExport() => _export.Dispose();

    [TestCase("zip", ArchiveFormat.Zip)]
    [TestCase("gz", ArchiveFormat.Gzip)]
    public async Task Beyond_4_GiB_for_a_download(string extension, ArchiveFormat format)
    {
        _export.WriteSparse("big.bin", (4L << 30) + 5);
        await using var file = await _export.OpenAsync("big.bin");
        await using var packed = await _export.Archiver.PackAsync("d", file, format, CancellationToken.None);

        var path = _export.Beside($"big.{extension}");
        await using (var copy = File.Create(path))
        {
            var buffer = new byte[1 << 20];
            int count;
            while ((count = await packed.ReadAsync(copy.Position, buffer, CancellationToken.None)) > 0)
                await copy.WriteAsync(buffer.AsMemory(0, count));
        }

        Archives.ShouldBeWhole(path);
        if (format == ArchiveFormat.Zip)
        {
            Command.Run("/", "unzip", "-l", path).Output.Should().Contain($"{(4L << 30) + 5}");
            Command.Run("/", "sh", "-c", "cat \"$1\" | bsdtar -xOf - | wc -c", "sh", path).Output.Trim().Should().Be($"{(4L << 30) + 5}");
        }
    }

    [TestCase(4)]
    [TestCase(8)]
    public async Task Beyond_that_beside_the_file(int gibibytes)
    {
        var length = ((long)gibibytes << 30) + 5;
        _export.WriteSparse("big.bin", length);

        await _export.Archiver.ArchiveAsync("d", "big.bin", CancellationToken.None);

        var tar = Command.Run(_export.Path, "tar", "-tvzf", _export["big.tgz"]);
        tar.ExitCode.Should().Be(0, tar.Error);
        tar.Output.Should().Contain($" {length} ");
    }
}
