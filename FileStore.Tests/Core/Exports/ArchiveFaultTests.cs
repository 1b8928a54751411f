using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Exports;

/// <summary>Files that change while they are packed, and full disks: no broken archive, and a line in the log.</summary>
[TestFixture, NonParallelizable]
public sealed class ArchiveFaultTests
{
    private const long Big = 1L << 28;

    private ExportFolder _export;

    [SetUp]
    public void MakeExport() => _export = new ExportFolder();

    [TearDown]
    public void RemoveExport() => _export.Dispose();

    [TestCase(ArchiveFormat.Zip)]
    [TestCase(ArchiveFormat.Gzip)]
    [TestCase(ArchiveFormat.TarGzip)]
    public async Task A_file_that_grew_is_packed_as_it_was(ArchiveFormat format)
    {
        _export.Write("a.txt", "first");

        var packed = await PackAfterAsync(() => File.AppendAllText(_export["a.txt"], "more"), format);

        var content = format switch
        {
            ArchiveFormat.Zip => Archives.Unzip(packed).Content,
            ArchiveFormat.Gzip => Archives.Gunzip(packed),
            _ => Archives.Untar(packed).Content,
        };
        content.Should().Equal("first"u8.ToArray());
        _export.Log.Warnings.Should().ContainSingle().Which.Should().Contain("a.txt grew while it was packed; the archive contains its first 5 bytes");
    }

    [Test]
    public async Task A_file_that_was_deleted_or_replaced_is_packed_as_it_was()
    {
        foreach (var change in (Action[])[() => File.Delete(_export["a.txt"]), Replace])
        {
            _export.Write("a.txt", "first");
            Archives.Gunzip(await PackAfterAsync(change, ArchiveFormat.Gzip)).Should().Equal("first"u8.ToArray());
        }

        _export.Log.Warnings.Should().HaveCount(2).And.OnlyContain(line => line.Contains("a.txt was deleted while it was packed"));

        void Replace()
        {
            _export.Write("b", "other");
            File.Move(_export["b"], _export["a.txt"], overwrite: true);
        }
    }

    [Test]
    public async Task A_file_that_was_overwritten_is_told_of()
    {
        _export.Write("a.txt", "first");
        File.SetLastWriteTimeUtc(_export["a.txt"], DateTime.UnixEpoch);

        await PackAfterAsync(() => _export.Write("a.txt", "other"), ArchiveFormat.Zip);

        _export.Log.Warnings.Should().ContainSingle().Which.Should().Contain("a.txt was changed while it was packed");
    }

    [TestCase(ArchiveFormat.Zip)]
    [TestCase(ArchiveFormat.Gzip)]
    [TestCase(ArchiveFormat.TarGzip)]
    public async Task A_file_that_became_shorter_is_not_packed(ArchiveFormat format)
    {
        _export.Write("a.txt", new string('x', 500_000));

        var pack = () => PackAfterAsync(() => _export.Write("a.txt", "x"), format);

        (await pack.Should().ThrowAsync<ExportException>()).Which.Fault.Should().Be(DiskFault.Changed);
        _export.Log.Warnings.Should().ContainSingle().Which.Should().Contain("a.txt was cut short").And.Contain("had 500000 bytes and now has 1");
        Directory.GetFileSystemEntries(_export.Scratch).Should().BeEmpty();
    }

    [Test]
    public async Task A_file_that_is_cut_while_it_is_archived_leaves_nothing()
    {
        var archiving = BeginBigArchive();

        _export.Write("big.bin", "cut");

        (await archiving.Awaiting(a => a).Should().ThrowAsync<ExportException>()).Which.Fault.Should().Be(DiskFault.Changed);
        _export.Names().Should().Equal("big.bin");
    }

    [Test]
    public async Task An_archive_cannot_be_seen_before_it_is_whole()
    {
        var archiving = BeginBigArchive();
        (await _export.ListAsync()).Should().Equal("big.bin");

        File.Delete(_export["big.bin"]);
        await archiving;

        _export.Names().Should().Equal("big.tgz");
        Archives.ShouldBeWhole(_export["big.tgz"]);
        _export.Log.Warnings.Should().ContainSingle().Which.Should().Contain("deleted");
    }

    [Test]
    public async Task A_cancelled_archive_leaves_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        var archiving = BeginBigArchive(cancellation.Token);

        await cancellation.CancelAsync();

        await archiving.Awaiting(a => a).Should().ThrowAsync<OperationCanceledException>();
        _export.Names().Should().Equal("big.bin");
    }

    [Test]
    public async Task A_directory_of_the_archive_s_name_is_not_replaced()
    {
        _export.Write("a.sql");
        Directory.CreateDirectory(_export["a.tgz"]);

        await _export.Invoking(e => e.Archiver.ArchiveAsync("d", "a.sql", CancellationToken.None)).Should().ThrowAsync<ExportException>();

        _export.Names().Should().Equal("a.sql", "a.tgz");
    }

    [NeedsRoot]
    [TestCase(ArchiveFormat.Zip)]
    [TestCase(ArchiveFormat.Gzip)]
    [TestCase(ArchiveFormat.TarGzip)]
    public async Task A_full_disk_is_told_and_nothing_is_left_on_it(ArchiveFormat format)
    {
        using var disk = Mounted.Tmpfs("2m");
        using var export = new ExportFolder { Path = disk.Path, Scratch = disk.Path };
        using var content = new TempFolder();
        await File.WriteAllBytesAsync(disk["a.bin"], Bytes.Random(1_200_000)); // incompressible

        await using var file = await export.OpenAsync("a.bin");
        Func<Task>[] ways =
        [
            () => export.Archiver.PackAsync("d", file, format, CancellationToken.None),
            () => export.Archiver.ArchiveAsync("d", "a.bin", CancellationToken.None),
        ];
        foreach (var way in ways)
            (await way.Should().ThrowAsync<ExportException>()).Which.Fault.Should().Be(DiskFault.NoSpace);

        export.Names().Should().Equal("a.bin");
        File.Delete(disk["a.bin"]);
        await File.WriteAllBytesAsync(disk["b.bin"], Bytes.Random(500_000));
        await file.DisposeAsync();
        await export.Archiver.ArchiveAsync("d", "b.bin", CancellationToken.None);
        Archives.ShouldBeWhole(disk["b.tgz"]);
    }

    /// <summary>Starts to archive a file that takes some seconds.</summary>
    private Task<ExportEntry> BeginBigArchive(CancellationToken ct = default)
    {
        _export.WriteSparse("big.bin", Big);
        var archiving = _export.Archiver.ArchiveAsync("d", "big.bin", ct);
        Eventually.Until(() => _export.Names().Any(name => name.EndsWith(ArchiveName.UnfinishedSuffix) && new FileInfo(_export[name]).Length > 0), "packing has begun");
        return archiving;
    }

    private async Task<byte[]> PackAfterAsync(Action change, ArchiveFormat format)
    {
        await using var file = await _export.OpenAsync("a.txt");
        change();
        await using var packed = await _export.Archiver.PackAsync("d", file, format, CancellationToken.None);
        var content = new byte[packed.Length];
        await packed.ReadAsync(0, content, CancellationToken.None);
        return content;
    }
}
