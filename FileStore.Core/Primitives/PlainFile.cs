using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// A regular file, open for reading. Its length is the one that it had when it was opened: what is added later does not
/// count.
/// </summary>
public abstract class PlainFile : OpenContent
{
    private protected PlainFile(SafeFileHandle handle, long length, DateTimeOffset modified, string name, string tag, BlockingThreads threads)
        : base(length, modified)
    {
        Handle = handle;
        Name = name;
        Tag = tag;
        Threads = threads;
    }

    /// <summary>The file's name, without folders.</summary>
    public string Name { get; }

    /// <summary>Another text once the file has been replaced or changed.</summary>
    public string Tag { get; }

    internal SafeFileHandle Handle { get; }

    /// <summary>Threads for reads that wait for the disk.</summary>
    internal BlockingThreads Threads { get; }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            return Posix.TryReadCached(Handle, buffer.Span, offset, Name) is { } count
                ? ValueTask.FromResult(Checked(count, offset))
                : new ValueTask<int>(Threads.RunAsync(() => Read(offset, buffer), ct));
        }
        catch (IOException e)
        {
            throw Named(e);
        }
    }

    public override long SendTo(SafeHandle socket, ReadOnlySpan<byte> head, long offset, long count) =>
        Posix.SendCached(Handle, socket, head, offset, count, Name);

    public override ValueTask DisposeAsync()
    {
        Handle.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>What a failure of the disk is called here. Of a file that became shorter it is an <see cref="EndOfStreamException"/>.</summary>
    private protected abstract Exception Named(Exception failure);

    /// <summary>Which file it is, and in which state.</summary>
    internal static string TagOf(in Posix.FileStatus status) => string.Create(CultureInfo.InvariantCulture,
        $"{status.Size:x}-{status.ModifiedSeconds:x}.{status.ModifiedNanoseconds:x}-{status.ChangedSeconds:x}.{status.ChangedNanoseconds:x}-{status.Inode:x}");

    private int Read(long offset, Memory<byte> buffer)
    {
        try
        {
            return Checked(Posix.Read(Handle, buffer.Span, offset, Name), offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Named(e);
        }
    }

    private int Checked(int count, long offset) =>
        count > 0 || offset >= Length ? count : throw new EndOfStreamException($"it had {Length} bytes and now ends before {offset + 1}");
}
