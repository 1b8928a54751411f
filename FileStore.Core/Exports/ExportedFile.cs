using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Exports;

/// <summary>
/// A file of an export, or what was packed of one, open for reading. Its length is the one that it had when it was opened:
/// what is added later does not count.
/// </summary>
public sealed class ExportedFile : OpenContent
{
    private readonly BlockingThreads _threads;

    internal ExportedFile(SafeFileHandle handle, long length, DateTimeOffset modified, string name, string tag, BlockingThreads threads)
        : base(length, modified)
    {
        Handle = handle;
        Name = name;
        Tag = tag;
        _threads = threads;
    }

    /// <summary>The file's name, or that of the archive it would be.</summary>
    public string Name { get; }

    /// <summary>Another text once the file has been replaced or changed.</summary>
    public string Tag { get; }

    internal SafeFileHandle Handle { get; }

    /// <exception cref="ExportException">The disk failed, or the file became shorter.</exception>
    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            return Posix.TryReadCached(Handle, buffer.Span, offset, Name) is { } count
                ? ValueTask.FromResult(Checked(count, offset))
                : new ValueTask<int>(_threads.RunAsync(() => ExportRoots.OnDisk(() => Checked(RandomAccess.Read(Handle, buffer.Span, offset), offset)), ct));
        }
        catch (IOException e)
        {
            throw ExportException.From(e)!;
        }
    }

    private int Checked(int count, long offset) =>
        count > 0 || offset >= Length ? count : throw new EndOfStreamException($"it had {Length} bytes and now ends before {offset + 1}");

    public override ValueTask DisposeAsync()
    {
        Handle.Dispose();
        return ValueTask.CompletedTask;
    }
}
