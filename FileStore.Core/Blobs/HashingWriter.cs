using System.Buffers;
using System.Security.Cryptography;
using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Blobs;

/// <summary>
/// Writes an upload to its file and hashes it. The first bytes go to the page cache, which takes them at once. Behind many,
/// the kernel may make us wait for the disk: then one of the disk's threads writes what has come and another hashes it,
/// while the next comes.
/// </summary>
internal sealed class HashingWriter(DiskBlobStore store, SafeFileHandle file) : IDisposable
{
    /// <summary>Bytes that are written without a thought of the disk.</summary>
    internal const int WrittenAtOnce = 1 << 20;

    private const int SmallPiece = 256 << 10;
    private const int LargePiece = 1 << 20; // each costs a change of threads or two
    private const int WriteBackEvery = 16 << 20;

    private readonly IncrementalHash _hash = store.HashKind.Start();
    private long _onTheirWay;

    /// <summary>Bytes that were written.</summary>
    internal long Size { get; private set; }

    /// <summary>The digest of all that was written. To be called once.</summary>
    internal Digest Digest() => Primitives.Digest.FromBytes(store.HashKind, _hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    /// <summary>Writes a stream to its end.</summary>
    /// <exception cref="BlobStoreException">The disk failed.</exception>
    internal async Task CopyFromAsync(Stream content, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(store.BufferSize);
        try
        {
            int count;
            while (Size < WrittenAtOnce)
            {
                if ((count = await content.ReadAsync(buffer.AsMemory(0, store.BufferSize), ct)) == 0)
                    return;
                DiskBlobStore.OnDisk(() => Write(buffer.AsSpan(0, count)));
                Hash(buffer.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        await CopyManyFromAsync(content, ct);
    }

    private async Task CopyManyFromAsync(Stream content, CancellationToken ct)
    {
        var pieceSize = SmallPiece;
        var taken = Task.CompletedTask;
        byte[]? piece = null;
        try
        {
            while (true)
            {
                piece = ArrayPool<byte>.Shared.Rent(pieceSize);
                var count = await content.ReadAtLeastAsync(piece.AsMemory(0, pieceSize), pieceSize, throwOnEndOfStream: false, ct);
                pieceSize = taken.IsCompleted ? SmallPiece : LargePiece; // who is slower than the disk needs little memory
                await taken;
                if (count == 0)
                    return;
                taken = TakeAsync(piece, count);
                piece = null;
            }
        }
        finally
        {
            await taken.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the file may be closed after this
            if (piece is not null)
                ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Writes and hashes a rented piece, which goes back to the pool.</summary>
    private async Task TakeAsync(byte[] piece, int count)
    {
        await Task.WhenAll(
            store.OnDiskAsync(() => Write(piece.AsSpan(0, count))),
            store.OnDiskAsync(() => Hash(piece.AsSpan(0, count))));
        ArrayPool<byte>.Shared.Return(piece); // not after a failure: if the second could not begin, the first still reads
    }

    private bool Hash(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        return true;
    }

    private bool Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(file, bytes, Size);
        Size += bytes.Length;
        _onTheirWay += bytes.Length;
        if (store.Durable && _onTheirWay >= WriteBackEvery)
        {
            Posix.BeginWriteBack(file, Size - _onTheirWay, _onTheirWay); // or the flush at the end would wait for all of it
            _onTheirWay = 0;
        }

        return true;
    }
}
