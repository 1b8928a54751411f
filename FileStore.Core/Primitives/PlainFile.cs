using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// A regular file that is open for reading. Its length is the one at opening; bytes that are appended later are not read.
/// </summary>
public abstract class PlainFile : OpenContent
{
    private protected PlainFile(SafeFileHandle handle, long length, DateTimeOffset modified, string name, string tag, BlockingThreadPool threads)
        : base(length, modified)
    {
        Handle = handle;
        Name = name;
        Tag = tag;
        Threads = threads;
    }

    /// <summary>The file's name without directories.</summary>
    public string Name { get; }

    /// <summary>Identifies the file's state: it differs once the file is replaced or changed.</summary>
    public string Tag { get; }

    internal SafeFileHandle Handle { get; }

    /// <summary>Threads for reads that wait for the disk.</summary>
    internal BlockingThreadPool Threads { get; }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            return Posix.TryReadCached(Handle, buffer.Span, offset, Name) is { } count
                ? ValueTask.FromResult(RequireNotCut(count, offset))
                : new ValueTask<int>(Threads.RunAsync(() => IoErrors.Translate(() => Read(offset, buffer), Translate), ct));
        }
        catch (IOException e) when (Translate(e) is { } translated)
        {
            throw translated;
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

    /// <summary>
    /// Translates an exception of the file system, including <see cref="EndOfStreamException"/> for a file that became
    /// shorter. Null for other exceptions.
    /// </summary>
    private protected abstract Exception? Translate(Exception failure);

    /// <summary>Identifies a file and its state.</summary>
    internal static string TagOf(in Posix.FileStatus status) => string.Create(CultureInfo.InvariantCulture,
        $"{status.Size:x}-{status.ModifiedSeconds:x}.{status.ModifiedNanoseconds:x}-{status.ChangedSeconds:x}.{status.ChangedNanoseconds:x}-{status.Inode:x}");

    private int Read(long offset, Memory<byte> buffer) => RequireNotCut(Posix.Read(Handle, buffer.Span, offset, Name), offset);

    private int RequireNotCut(int count, long offset) =>
        count > 0 || offset >= Length ? count : throw new EndOfStreamException($"it had {Length} bytes and now has at most {offset}");
}
