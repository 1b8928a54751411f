using System.Diagnostics;
using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>
/// A pipe that a program writes to. It ends when nobody has it open for writing any more, or when it is cut: somebody who left the
/// program's group may hold it open for ever. What was in the pipe at the cut still comes.
/// </summary>
internal sealed class OutputPipe(Stream pipe, CancellationToken cut) : ReadOnlyStream
{
    private int _left = 1 << 20; // the most that a pipe holds (pipe(7), pipe-max-size)
    private TimeSpan _patience = TimeSpan.FromMilliseconds(250); // in which reads surely begin, however busy we are

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!cut.IsCancellationRequested)
        {
            if (await TryReadAsync(buffer, cut) is { } count)
                return count;
        }

        // Who was waiting for it found it empty; who was busy with what came before did not. And whoever still writes is not
        // listened to for ever.
        var begun = Stopwatch.GetTimestamp();
        using var soon = new CancellationTokenSource(_patience);
        var last = await TryReadAsync(buffer[..Math.Min(buffer.Length, _left)], soon.Token) ?? 0;
        _patience = TimeSpan.FromTicks(Math.Max(1, (_patience - Stopwatch.GetElapsedTime(begun)).Ticks));
        _left -= last;
        return last;
    }

    private async ValueTask<int?> TryReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            return await pipe.ReadAsync(buffer, ct);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
