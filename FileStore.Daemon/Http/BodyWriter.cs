using System.Buffers;
using FileStore.Core.Blobs;

namespace FileStore.Daemon.Http;

/// <summary>
/// Writes a part of a blob. A small one goes out in one piece together with the head, which is what HttpListener is
/// fast at; a large one in pieces of the I/O buffer, so that memory does not depend on its length.
/// </summary>
internal static class BodyWriter
{
    /// <exception cref="EndOfStreamException">The blob ended before its length: the answer must be cut.</exception>
    internal static async Task WriteAsync(IHttpExchange exchange, OpenBlob blob, ByteRange range, int bufferSize)
    {
        var size = (int)Math.Min(bufferSize, range.Length);
        if (size < range.Length && Origin.IsLocalProxy(exchange))
            exchange.AllowLongRests();
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var end = range.Offset + range.Length;
            for (var offset = range.Offset; offset < end;)
            {
                var wanted = (int)Math.Min(size, end - offset);
                var count = await FillAsync(blob, offset, buffer.AsMemory(0, wanted));
                if (count < wanted)
                    throw new EndOfStreamException($"blob {blob.Digest} has {offset + count} bytes, not {blob.Length}");
                await exchange.WriteAsync(buffer.AsMemory(0, count));
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<int> FillAsync(OpenBlob blob, long offset, Memory<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var count = await blob.ReadAsync(offset + filled, buffer[filled..], CancellationToken.None);
            if (count == 0)
                break;
            filled += count;
        }

        return filled;
    }
}
