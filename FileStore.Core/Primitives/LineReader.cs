namespace FileStore.Core.Primitives;

/// <summary>Splits a file into lines.</summary>
internal static class LineReader
{
    private const int BufferSize = 64 << 10;

    /// <summary>
    /// Reads the lines that start between two offsets, including a last one without a newline. Empty lines are skipped. A
    /// line is valid until the next one is requested.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="from">The offset at which a line starts.</param>
    /// <param name="to">The offset at which another line starts, or any offset beyond the end.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal static IEnumerable<(long Offset, ReadOnlyMemory<byte> Text)> Read(string path, long from, long to)
    {
        using var file = File.OpenRead(path);
        file.Position = from;
        var buffer = new byte[BufferSize];
        var filled = 0;
        int count;
        while ((count = file.Read(buffer, filled, (int)Math.Min(buffer.Length - filled, to - file.Position))) > 0)
        {
            filled += count;
            var start = 0;
            for (int length; (length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n')) >= 0; start += length + 1)
            {
                if (length > 0)
                    yield return (from + start, buffer.AsMemory(start, length));
            }

            from += start;
            filled -= start;
            buffer.AsSpan(start, filled).CopyTo(buffer);
            if (filled == buffer.Length)
                Array.Resize(ref buffer, 2 * buffer.Length);
        }

        if (filled > 0)
            yield return (from, buffer.AsMemory(0, filled));
    }
}
