using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Exports;

/// <summary>
/// A file as long as it was when it was opened, for archives that write the length down first: what is added meanwhile
/// stays outside, and if the file becomes shorter, reading fails. The handle stays the caller's.
/// </summary>
internal sealed class SnapshotStream(SafeFileHandle file, string name, long length, CancellationToken ct) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true; // or an archive would gather all of it in memory to learn its length

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    /// <exception cref="EndOfStreamException">The file is shorter now.</exception>
    public override int Read(Span<byte> buffer)
    {
        ct.ThrowIfCancellationRequested();
        var wanted = (int)Math.Min(buffer.Length, length - Position);
        if (wanted <= 0)
            return 0;
        var count = Posix.Read(file, buffer[..wanted], Position, name);
        if (count == 0)
            throw new EndOfStreamException($"it had {length} bytes and now ends after {Position}");
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
