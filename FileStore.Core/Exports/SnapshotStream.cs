using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Exports;

/// <summary>
/// Reads a file up to the length that it had when it was opened, for archive formats that store the length first. Bytes
/// that are appended later are left out. The handle stays the caller's to dispose.
/// </summary>
internal sealed class SnapshotStream(SafeFileHandle file, string name, long length, CancellationToken ct) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true; // otherwise an archive would buffer all of it to learn its length

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    /// <exception cref="EndOfStreamException">The file became shorter.</exception>
    public override int Read(Span<byte> buffer)
    {
        ct.ThrowIfCancellationRequested();
        var wanted = (int)Math.Min(buffer.Length, length - Position);
        if (wanted <= 0)
            return 0;
        var count = Posix.Read(file, buffer[..wanted], Position, name);
        if (count == 0)
            throw new EndOfStreamException($"it had {length} bytes and now has {Position}");
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
