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
internal sealed class HashingWriter(DiskStoreContext context, SafeFileHandle file, string path) : IDisposable
{
    /// <summary>Bytes that are written without a thought of the disk.</summary>
    internal const int WrittenInline = 1 << 20;

    private const int SmallPiece = 256 << 10;
    private const int LargePiece = 1 << 20; // fewer changes of threads
    private const int WriteBackEvery = 16 << 20;

    private readonly IncrementalHash _hash = context.HashKind.Start();
    private long _unsynced;

    /// <summary>Bytes that were written.</summary>
    internal long Size { get; private set; }

    /// <summary>The digest of all that was written. To be called once.</summary>
    internal Digest Digest() => Primitives.Digest.FromBytes(context.HashKind, _hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    /// <summary>Writes a stream to its end.</summary>
    /// <exception cref="BlobStoreException">The disk failed.</exception>
    internal async Task CopyFromAsync(Stream content, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(context.BufferSize);
        try
        {
            int count;
            while (Size < WrittenInline)
            {
                if ((count = await content.ReadAsync(buffer.AsMemory(0, context.BufferSize), ct)) == 0)
                    return;
                IoErrors.Translate(() => Write(buffer.AsSpan(0, count)), BlobStoreException.From);
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
        var isLarge = await context.LargeBuffers.WaitAsync(TimeSpan.Zero, ct);
        var size = isLarge ? LargePiece : SmallPiece;
        var (reading, writing) = (ArrayPool<byte>.Shared.Rent(size), ArrayPool<byte>.Shared.Rent(size));
        var written = Task.CompletedTask;
        try
        {
            int count;
            while ((count = await content.ReadAtLeastAsync(reading.AsMemory(0, size), size, throwOnEndOfStream: false, ct)) > 0)
            {
                await written;
                (reading, writing) = (writing, reading);
                var piece = writing.AsMemory(0, count);
                written = context.RunBlockingAsync(() => Write(piece.Span)); // known before the next line, which may throw
                written = Task.WhenAll(written, context.RunBlockingAsync(() => Hash(piece.Span)));
            }

            await written;
        }
        finally
        {
            await written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // nobody may have its buffer before
            ArrayPool<byte>.Shared.Return(reading);
            ArrayPool<byte>.Shared.Return(writing);
            if (isLarge)
                context.LargeBuffers.Release();
        }
    }

    private bool Hash(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        return true;
    }

    private bool Write(ReadOnlySpan<byte> bytes)
    {
        Posix.Write(file, bytes, Size, path);
        Size += bytes.Length;
        _unsynced += bytes.Length;
        if (context.Durable && _unsynced >= WriteBackEvery)
        {
            Posix.BeginWriteBack(file, Size - _unsynced, _unsynced); // or the flush at the end would wait for all of it
            _unsynced = 0;
        }

        return true;
    }
}
