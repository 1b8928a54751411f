using System.IO.Compression;
using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Exports;

/// <summary>Files are packed completely, whatever their content and names.</summary>
[TestFixture]
public sealed class ExportArchiverTests
{
    private ExportFolder _export;

    private static string[] Names { get; } =
        ["db-log-01.txt", "Makefile", "two words.sql", "отчёт за май.pdf", "😀.txt", "-rf", "*", "a:b", "e\u0301.txt", "\u00e9.txt", new string('ж', 100) + ".sql", new('x', 240)];

    [SetUp]
    public void MakeExport() => _export = new ExportFolder();

    [TearDown]
    public void RemoveExport() => _export.Dispose();

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(512)]
    [TestCase(3_000_001)]
    public async Task The_content_is_the_file_s(int size)
    {
        var content = Bytes.Random(size);
        await File.WriteAllBytesAsync(_export["a.bin"], content);

        Archives.Unzip(await PackAsync("a.bin", ArchiveFormat.Zip)).ShouldBe("a.bin", content);
        Archives.Gunzip(await PackAsync("a.bin", ArchiveFormat.Gzip)).Should().Equal(content);
        var entry = await _export.Archiver.ArchiveAsync("d", "a.bin", CancellationToken.None);
        Archives.Untar(await File.ReadAllBytesAsync(_export["a.tgz"])).ShouldBe("a.bin", content);

        entry.Should().Be(new ExportEntry("a.tgz", new FileInfo(_export["a.tgz"]).Length));
        Archives.ShouldBeWhole(_export["a.tgz"]);
        _export.Names().Should().Equal("a.bin", "a.tgz");
        Directory.GetFileSystemEntries(_export.Scratch).Should().BeEmpty();
        _export.Log.All.Should().ContainSingle().Which.Should().Match("Information export d: packed a.bin to a.tgz, * bytes, in * s");
    }

    [TestCaseSource(nameof(Names))]
    public async Task The_entry_is_called_like_the_file(string name)
    {
        _export.Write(name, "content");

        var entry = await _export.Archiver.ArchiveAsync("d", name, CancellationToken.None);

        Archives.Unzip(await PackAsync(name, ArchiveFormat.Zip)).Name.Should().Be(name);
        Archives.Untar(await File.ReadAllBytesAsync(_export[entry.Name])).Name.Should().Be(name);
        var tar = Command.Run(_export.Path, "tar", "--quoting-style=literal", "-tzf", _export[entry.Name]);
        tar.Should().Be(new CommandResult(0, name + "\n", ""));
    }

    [TestCase("zip", ArchiveFormat.Zip)]
    [TestCase("gz", ArchiveFormat.Gzip)]
    public async Task The_programs_for_it_find_it_whole(string extension, ArchiveFormat format)
    {
        await File.WriteAllBytesAsync(_export["a.sql"], Bytes.Random(1_000_000));
        await File.WriteAllBytesAsync(_export.Beside($"a.{extension}"), await PackAsync("a.sql", format));

        Archives.ShouldBeWhole(_export.Beside($"a.{extension}"));
    }

    [Test]
    public async Task The_file_s_time_is_kept_where_the_format_can_say_it()
    {
        foreach (var year in (int[])[1902, 1979, 1980, 2024, 2107, 2108, 2400])
        {
            _export.Write("a");
            File.SetLastWriteTimeUtc(_export["a"], new DateTime(year, 2, 3, 4, 5, 6, DateTimeKind.Utc));

            Archives.Unzip(await PackAsync("a", ArchiveFormat.Zip)).Name.Should().Be("a", $"{year}");
            await _export.Archiver.ArchiveAsync("d", "a", CancellationToken.None);
            Command.Run(_export.Path, "tar", "--utc", "-tvzf", _export["a.tgz"]).Output.Should().Contain($"{year}-02-03 04:05");
        }
    }

    [TestCase("UTC")]
    [TestCase("America/New_York")]
    [TestCase("Asia/Kolkata")]
    public async Task A_zip_archive_has_the_file_s_time_in_every_zone(string zone)
    {
        foreach (var year in (int[])[1971, 1979, 1980, 2024, 2037])
        {
            var modified = new DateTime(year, 7, 3, 4, 5, 7, DateTimeKind.Utc);
            _export.Write("a", "content");
            File.SetLastWriteTimeUtc(_export["a"], modified);
            await File.WriteAllBytesAsync(_export.Beside("a.zip"), await PackAsync("a", ArchiveFormat.Zip));

            var unzip = Command.Run(_export.Beside(""), new Dictionary<string, string> { ["TZ"] = zone }, "unzip", "-o", "-q", "a.zip");

            unzip.ExitCode.Should().Be(0, unzip.Error);
            File.GetLastWriteTimeUtc(_export.Beside("a")).Should().Be(modified);
        }
    }

    [TestCase(1902, 1980)]
    [TestCase(1979, 1980)]
    [TestCase(2024, 2024)]
    [TestCase(2108, 2107)]
    [TestCase(2400, 2107)]
    public async Task A_time_that_zip_cannot_say_becomes_the_nearest_that_it_can(int year, int said)
    {
        _export.Write("a");
        File.SetLastWriteTimeUtc(_export["a"], new DateTime(year, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        using var zip = new ZipArchive(new MemoryStream(await PackAsync("a", ArchiveFormat.Zip)));

        zip.Entries[0].LastWriteTime.Year.Should().Be(said);
    }

    [TestCase("a", 0)]
    [TestCase("a", 1)]
    [TestCase("отчёт 😀.txt", 100_000)]
    public async Task Programs_that_read_a_zip_archive_from_a_pipe_unpack_it(string name, int length)
    {
        var content = Bytes.Random(length);
        await File.WriteAllBytesAsync(_export[name], content);
        await File.WriteAllBytesAsync(_export.Beside("a.zip"), await PackAsync(name, ArchiveFormat.Zip));
        Directory.CreateDirectory(_export.Beside("unpacked"));

        var result = Command.Run(_export.Beside("unpacked"), new Dictionary<string, string> { ["LC_ALL"] = "C.UTF-8" },
            "sh", "-c", "cat ../a.zip | bsdtar -xf -");

        result.ExitCode.Should().Be(0, result.Error);
        (await File.ReadAllBytesAsync(Path.Join(_export.Beside("unpacked"), name))).Should().Equal(content);
    }

    [TestCase(ArchiveFormat.Gzip, "gz")]
    [TestCase(ArchiveFormat.Zip, "zip")]
    public async Task An_empty_file_makes_a_whole_archive(ArchiveFormat format, string extension)
    {
        _export.Write("empty");
        var packed = await PackAsync("empty", format);
        await File.WriteAllBytesAsync(_export.Beside($"empty.{extension}"), packed);

        packed.Should().NotBeEmpty();
        Archives.ShouldBeWhole(_export.Beside($"empty.{extension}"));
    }

    [Test]
    public async Task A_file_that_does_not_change_is_packed_once()
    {
        _export.Write("a.txt", "content");
        Eventually.Until(() => FileStamp.Of(_export["a.txt"])!.Value.IsSettledFinely(DateTimeOffset.UtcNow), "a further change would show");
        await using var file = await _export.OpenAsync("a.txt");
        var first = await _export.Archiver.PackAsync("d", file, ArchiveFormat.Zip, CancellationToken.None);
        await first.DisposeAsync();
        await using var again = await _export.Archiver.PackAsync("d", file, ArchiveFormat.Zip, CancellationToken.None);
        again.Handle.Should().BeSameAs(first.Handle);

        _export.Write("a.txt", "changed");
        await using var changed = await _export.OpenAsync("a.txt");
        await using var other = await _export.Archiver.PackAsync("d", changed, ArchiveFormat.Zip, CancellationToken.None);

        other.Handle.Should().NotBeSameAs(first.Handle);
        Archives.Unzip(await ReadAsync(other)).ShouldBe("a.txt", "changed"u8.ToArray());
        Archives.Unzip(await ReadAsync(again)).ShouldBe("a.txt", "content"u8.ToArray());
    }

    [Test]
    public async Task Packing_twice_gives_the_same_bytes_under_the_same_tag()
    {
        _export.Write("a.txt", "content");
        foreach (var format in Enum.GetValues<ArchiveFormat>())
        {
            await using var file = await _export.OpenAsync("a.txt");
            await using var packed = await _export.Archiver.PackAsync("d", file, format, CancellationToken.None);
            await using var again = await _export.Archiver.PackAsync("d", file, format, CancellationToken.None);

            again.Tag.Should().Be(packed.Tag).And.NotBe(file.Tag).And.EndWith(ArchiveWriter.Version);
            (await ReadAsync(again)).Should().Equal(await ReadAsync(packed));
            packed.Name.Should().Be(ArchiveName.Of("a.txt", format));
        }
    }

    [Test]
    public async Task An_archive_takes_the_place_of_an_older_one_and_of_a_link()
    {
        _export.Write("a.sql", "new");
        _export.Write("a.tgz", "old");
        File.WriteAllText(_export.Beside("canary"), SpecialFiles.Canary);
        _export.Write("b.sql", "new");
        File.CreateSymbolicLink(_export["b.tgz"], _export.Beside("canary"));

        await _export.Archiver.ArchiveAsync("d", "a.sql", CancellationToken.None);
        await _export.Archiver.ArchiveAsync("d", "b.sql", CancellationToken.None);

        (await _export.ListAsync()).Should().Equal("a.sql", "a.tgz", "b.sql", "b.tgz");
        Archives.Untar(await File.ReadAllBytesAsync(_export["a.tgz"])).Name.Should().Be("a.sql");
        File.ReadAllText(_export.Beside("canary")).Should().Be(SpecialFiles.Canary);
    }

    [Test]
    public async Task Only_files_are_packed()
    {
        foreach (var name in SpecialFiles.Make(_export.Path, _export.Beside("outside")))
        {
            (await _export.Invoking(e => e.Archiver.ArchiveAsync("d", name, CancellationToken.None)).Should().ThrowAsync<ExportException>())
                .Which.InnerException.Should().BeOfType<FileNotFoundException>(name);
        }

        (await _export.ListAsync()).Should().Equal("real");
    }

    [Test]
    public async Task More_at_once_than_there_are_processors_wait_for_each_other()
    {
        foreach (var i in Enumerable.Range(0, 20))
            _export.Write($"{i}.txt", new string('x', 100_000));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _export.Archiver.ArchiveAsync("d", $"{i}.txt", CancellationToken.None)));

        (await _export.ListAsync(suffix: ".tgz")).Should().HaveCount(20);
        _export.Names().Should().HaveCount(40);
    }

    private async Task<byte[]> PackAsync(string name, ArchiveFormat format)
    {
        await using var file = await _export.OpenAsync(name);
        await using var packed = await _export.Archiver.PackAsync("d", file, format, CancellationToken.None);
        return await ReadAsync(packed);
    }

    private static async Task<byte[]> ReadAsync(ExportedFile file)
    {
        var content = new byte[file.Length];
        for (var filled = 0; filled < content.Length;)
            filled += await file.ReadAsync(filled, content.AsMemory(filled), CancellationToken.None);
        return content;
    }
}
