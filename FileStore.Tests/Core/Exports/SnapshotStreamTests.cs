using FileStore.Core.Exports;
using FileStore.Tests.Support;
using FluentAssertions;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Tests.Core.Exports;

[TestFixture]
public sealed class SnapshotStreamTests
{
    private readonly byte[] _content = Bytes.Random(10_000);

    private TempFolder _folder;
    private SafeFileHandle _handle;

    [SetUp]
    public void MakeAFile()
    {
        _folder = new TempFolder();
        File.WriteAllBytes(_folder["a"], _content);
        _handle = File.OpenHandle(_folder["a"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
    }

    [TearDown]
    public void RemoveIt()
    {
        _handle.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void It_is_the_file()
    {
        using var stream = Open();

        Read(stream).Should().Equal(_content);
        stream.ReadByte().Should().Be(-1);
        stream.Length.Should().Be(_content.Length);
        stream.CanWrite.Should().BeFalse();
    }

    [Test]
    public void Bytes_that_are_appended_later_are_not_read()
    {
        using var stream = Open();

        File.AppendAllText(_folder["a"], "more");

        Read(stream).Should().Equal(_content);
    }

    [TestCase(0)]
    [TestCase(4096)]
    [TestCase(9_999)]
    public void A_read_of_a_truncated_file_fails(int length)
    {
        using var stream = Open();

        using (var file = File.Open(_folder["a"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(length);

        stream.Invoking(Read).Should().Throw<EndOfStreamException>().WithMessage($"*10000*{length}*");
    }

    [Test]
    public void It_goes_where_it_is_sent()
    {
        using var stream = Open();

        stream.Seek(-2, SeekOrigin.End).Should().Be(9_998);
        Read(stream).Should().Equal(_content[^2..]);
        stream.Seek(5, SeekOrigin.Begin).Should().Be(5);
        stream.Seek(2, SeekOrigin.Current).Should().Be(7);
        stream.ReadByte().Should().Be(_content[7]);
    }

    [Test]
    public void A_cancellation_ends_it()
    {
        using var cancellation = new CancellationTokenSource();
        using var stream = new SnapshotStream(_handle, "a", _content.Length, cancellation.Token);
        stream.ReadByte();

        cancellation.Cancel();

        stream.Invoking(s => s.ReadByte()).Should().Throw<OperationCanceledException>();
    }

    [Test]
    public void The_handle_stays_open()
    {
        Open().Dispose();

        _handle.IsClosed.Should().BeFalse();
    }

    private SnapshotStream Open() => new(_handle, "a", _content.Length, CancellationToken.None);

    private static byte[] Read(Stream stream)
    {
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
