using FileStore.Core.Exports;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Exports;

/// <summary>Files are packed whole, whatever they hold and however they are called.</summary>
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

    [Test]
    public async Task Packing_twice_gives_the_same_bytes_under_the_same_tag()
    {
        _export.Write("a.txt", "content");
        foreach (var format in Enum.GetValues<ArchiveFormat>())
        {
            await using var file = await _export.OpenAsync("a.txt");
            await using var packed = await _export.Archiver.PackAsync(file, format, CancellationToken.None);
            await using var again = await _export.Archiver.PackAsync(file, format, CancellationToken.None);

            again.Tag.Should().Be(packed.Tag).And.NotBe(file.Tag);
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
        await using var packed = await _export.Archiver.PackAsync(file, format, CancellationToken.None);
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
