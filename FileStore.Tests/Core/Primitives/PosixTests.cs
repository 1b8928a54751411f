using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

/// <summary>A failed system call says on which file, and keeps its errno, whatever .NET would make of it.</summary>
[TestFixture]
public sealed class PosixTests
{
    private TempFolder _folder;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void A_failed_read_names_the_file()
    {
        using var folder = Posix.TryOpen(_folder.Path, Posix.OReadOnly, out _)!;

        folder.Invoking(handle => Posix.Read(handle, new byte[1], 0, _folder.Path)).Should().Throw<IOException>()
            .Where(e => e.HResult == Posix.Eisdir && e.Message.Contains($"'{_folder.Path}'"));
    }

    [Test]
    public void A_failed_write_names_the_file()
    {
        using var full = Posix.TryOpen("/dev/full", Posix.OReadWrite, out _)!;

        full.Invoking(handle => Posix.Write(handle, new byte[1], 0, "/dev/full")).Should().Throw<IOException>()
            .Where(e => e.HResult == Posix.Enospc && e.Message.Contains("'/dev/full'"));
    }

    [TestCase(long.MaxValue, Posix.Efbig)]
    [TestCase(-1, Posix.Einval)]
    public void A_length_that_cannot_be_set_is_an_error_of_the_file_system(long length, int errno)
    {
        using var file = Posix.TryOpen(_folder["file"], Posix.OReadWrite | Posix.OCreate, out _, mode: 0x180)!;

        file.Invoking(handle => Posix.SetLength(handle, length, _folder["file"])).Should().Throw<IOException>()
            .Where(e => e.HResult == errno && e.Message.Contains(_folder["file"]));
    }

    [Test]
    public void Bytes_are_read_as_they_were_written()
    {
        var content = Bytes.Fresh(1 << 20);
        using var file = Posix.TryOpen(_folder["file"], Posix.OReadWrite | Posix.OCreate, out _, mode: 0x180)!;

        Posix.Write(file, content, 7, _folder["file"]);
        Posix.SetLength(file, 7 + content.Length - 1, _folder["file"]);

        var read = new byte[content.Length];
        Posix.Read(file, read, 7, _folder["file"]).Should().Be(content.Length - 1);
        read[..^1].Should().Equal(content[..^1]);
        Posix.Read(file, read, 7 + content.Length, _folder["file"]).Should().Be(0);
    }
}
