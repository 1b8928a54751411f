using System.Buffers;
using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Blobs;

/// <summary>
/// The stored file that has the name of an upload. Its content is compared before the upload is reported as stored: the
/// file may have been damaged, and MD5 and SHA-1 collisions can be forged.
/// </summary>
internal sealed class DiskStoredCopy : IDisposable
{
    private const int BufferSize = 128 << 10;

    private readonly string _path;
    private readonly Digest _digest;
    private readonly SafeFileHandle? _handle;
    private readonly long _length;
    private bool _isDamaged;

    private DiskStoredCopy(string path, Digest digest, SafeFileHandle? handle, long length)
    {
        _isDamaged = handle is null;
        _path = path;
        _digest = digest;
        _handle = handle;
        _length = length;
    }

    /// <summary>Opens the stored file. A file that cannot be opened counts as damaged.</summary>
    /// <returns>Null if there is no regular file of this name.</returns>
    internal static DiskStoredCopy? TryOpen(string path, Digest digest, BlockingThreadPool threads)
    {
        try
        {
            return DiskOpenBlob.TryOpenUnread(path, digest, threads) is { } blob ? new DiskStoredCopy(path, digest, blob.Handle, blob.Length) : null;
        }
        catch (IOException e) when (e.HResult is not (Posix.Emfile or Posix.Enfile or Posix.Enomem))
        {
            return new DiskStoredCopy(path, digest, null, 0);
        }
    }

    internal bool HasSameBytesAs(string otherPath)
    {
        if (_isDamaged)
            return false;
        using var other = Posix.TryOpen(otherPath, Posix.OReadOnly, out var errno) ?? throw Posix.Failure("open", otherPath, errno);
        if (Posix.FStat(other, otherPath).Size != _length)
            return false;

        var ours = ArrayPool<byte>.Shared.Rent(BufferSize);
        var theirs = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (long offset = 0; offset < _length; offset += BufferSize)
            {
                var count = (int)Math.Min(BufferSize, _length - offset);
                ReadFully(other, theirs.AsSpan(0, count), offset, otherPath);
                if (!TryAccess(() => ReadFully(_handle!, ours.AsSpan(0, count), offset, _path)) || !ours.AsSpan(0, count).SequenceEqual(theirs.AsSpan(0, count)))
                    return false;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(ours);
            ArrayPool<byte>.Shared.Return(theirs);
        }
    }

    /// <summary>Whether the content has the digest in the file's name.</summary>
    internal bool HashMatches()
    {
        if (_isDamaged)
            return false;
        using var hash = _digest.Kind.CreateHash();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var count = 0;
            long offset = 0;
            while (TryAccess(() => count = Posix.Read(_handle!, buffer, offset, _path)) && count > 0)
            {
                hash.AppendData(buffer, 0, count);
                offset += count;
            }

            return !_isDamaged && Digest.FromBytes(_digest.Kind, hash.GetHashAndReset()) == _digest;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Makes the content durable, in case its writer did not get that far. False if the disk fails.</summary>
    internal bool TryFlush() => TryAccess(() => Posix.Sync(_handle!, _path));

    public void Dispose() => _handle?.Dispose();

    /// <summary>
    /// Runs a read or a flush of the stored file. An I/O error counts as damage, which the upload at hand repairs.
    /// </summary>
    private bool TryAccess(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _isDamaged = true;
        }

        return !_isDamaged;
    }

    private static void ReadFully(SafeFileHandle handle, Span<byte> buffer, long offset, string path)
    {
        while (buffer.Length > 0)
        {
            var count = Posix.Read(handle, buffer, offset, path);
            if (count == 0)
                throw new IOException("a file became shorter while it was compared");
            buffer = buffer[count..];
            offset += count;
        }
    }
}
