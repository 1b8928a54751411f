using System.Buffers;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>
/// Writes a range of a file. A small one is sent together with the head. A large one is sent by sendfile as far as
/// possible, and otherwise in buffers of a fixed size, so that memory does not depend on its length.
/// </summary>
internal static class BodyWriter
{
    /// <exception cref="EndOfStreamException">The file is shorter than its length: the response must be cut off.</exception>
    internal static Task WriteAsync(IHttpExchange exchange, OpenContent content, ByteRange range, int bufferSize)
    {
        if (range.Length > bufferSize && RequestOrigin.IsLocalProxy(exchange))
            exchange.RelaxReadTimeout();
        return content.InMemory is { } bytes
            ? exchange.WriteAsync(bytes.Slice((int)range.Offset, (int)range.Length)).AsTask()
            : WritePiecesAsync(exchange, content, range, bufferSize);
    }

    private static async Task WritePiecesAsync(IHttpExchange exchange, OpenContent content, ByteRange range, int bufferSize)
    {
        var size = (int)Math.Min(bufferSize, range.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var end = range.Offset + range.Length;
            for (var offset = range.Offset; offset < end;)
            {
                if (range.Length > size)
                    offset += await exchange.WriteFromAsync(content, offset, end - offset);
                if (offset == end)
                    break;
                var wanted = (int)Math.Min(size, end - offset);
                var count = await FillAsync(content, offset, buffer.AsMemory(0, wanted));
                if (count < wanted)
                    throw new EndOfStreamException($"the file has {offset + count} bytes, not {content.Length}");
                await exchange.WriteAsync(buffer.AsMemory(0, count));
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<int> FillAsync(OpenContent content, long offset, Memory<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var count = await content.ReadAsync(offset + filled, buffer[filled..], CancellationToken.None);
            if (count == 0)
                break;
            filled += count;
        }

        return filled;
    }
}
