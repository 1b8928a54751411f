using System.Formats.Tar;
using System.IO.Compression;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>What is in an archive, by .NET's readers and by the programs that people have.</summary>
internal static class Archives
{
    /// <summary>The one entry of a zip archive.</summary>
    public static (string Name, byte[] Content) Unzip(byte[] archive)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        var entry = zip.Entries.Should().ContainSingle().Subject;
        using var content = entry.Open();
        return (entry.FullName, ReadAll(content));
    }

    public static byte[] Gunzip(byte[] archive)
    {
        using var gzip = new GZipStream(new MemoryStream(archive), CompressionMode.Decompress);
        return ReadAll(gzip);
    }

    /// <summary>The one entry of a gzip tar.</summary>
    public static (string Name, byte[] Content) Untar(byte[] archive)
    {
        using var tar = new TarReader(new MemoryStream(Gunzip(archive)));
        var entry = tar.GetNextEntry()!;
        entry.EntryType.Should().Be(TarEntryType.RegularFile);
        var content = entry.DataStream is null ? [] : ReadAll(entry.DataStream);
        tar.GetNextEntry().Should().BeNull();
        return (entry.Name, content);
    }

    /// <summary>Asserts which file it is.</summary>
    public static void ShouldBe(this (string Name, byte[] Content) file, string name, byte[] content)
    {
        file.Name.Should().Be(name);
        file.Content.AsSpan().SequenceEqual(content).Should().BeTrue("{0} is the file's content", name);
    }

    /// <summary>Asserts that the program for it finds a file whole: unzip, tar or gzip, by its extension.</summary>
    public static void ShouldBeWhole(string path)
    {
        string[] command = Path.GetExtension(path) switch
        {
            ".zip" => ["unzip", "-tqq", path],
            ".tgz" => ["tar", "-tzf", path],
            _ => ["gzip", "-t", path],
        };
        var result = Command.Run("/", command[0], command[1..]);
        result.ExitCode.Should().Be(0, result.Error);
        result.Error.Should().BeEmpty();
    }

    private static byte[] ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
