using System.Buffers;
using System.Security.Cryptography;
using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Blobs;

/// <summary>
/// Writes an upload to its file and hashes it. The first MiB is written inline, into the page cache. Later pieces are
/// written and hashed on two pool threads while the next piece is received, because the kernel may make writers wait for
/// the disk.
/// </summary>
internal sealed class HashingWriter(DiskStoreContext context, SafeFileHandle file, string path) : IDisposable
{
    /// <summary>Bytes that are written inline.</summary>
    internal const int MaxInlineBytes = 1 << 20;

    private const int SmallBuffer = 256 << 10;
    private const int LargeBuffer = 1 << 20; // fewer thread switches
    private const int WriteBackInterval = 16 << 20;

    private readonly IncrementalHash _hash = context.HashKind.CreateHash();
    private long _notWrittenBack;

    /// <summary>Bytes written so far.</summary>
    internal long Size { get; private set; }

    /// <summary>The digest of everything written. To be called once.</summary>
    internal Digest GetDigest() => Primitives.Digest.FromBytes(context.HashKind, _hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    /// <summary>Writes a stream to its end.</summary>
    /// <exception cref="BlobStoreException">The file system failed.</exception>
    internal async Task CopyFromAsync(Stream content, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(context.BufferSize);
        try
        {
            int count;
            while (Size < MaxInlineBytes)
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

        await CopyRestFromAsync(content, ct);
    }

    private async Task CopyRestFromAsync(Stream content, CancellationToken ct)
    {
        var holdsLarge = await context.LargeBuffers.WaitAsync(TimeSpan.Zero, ct);
        var size = holdsLarge ? LargeBuffer : SmallBuffer;
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
                written = context.RunBlockingAsync(() => Write(piece.Span)); // assigned first, so that finally awaits it if the next call throws
                written = Task.WhenAll(written, context.RunBlockingAsync(() => Hash(piece.Span)));
            }

            await written;
        }
        finally
        {
            await written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the buffers are in use until then
            ArrayPool<byte>.Shared.Return(reading);
            ArrayPool<byte>.Shared.Return(writing);
            if (holdsLarge)
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
        _notWrittenBack += bytes.Length;
        if (context.Durable && _notWrittenBack >= WriteBackInterval)
        {
            Posix.BeginWriteBack(file, Size - _notWrittenBack, _notWrittenBack); // otherwise the final flush would wait for all of it
            _notWrittenBack = 0;
        }

        return true;
    }
}
