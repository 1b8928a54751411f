using System.Diagnostics;
using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>
/// A pipe that a program writes to. It ends when nobody has it open for writing any more, or when it is cut: somebody who left the
/// program's group may hold it open for ever. What was in the pipe at the cut still comes.
/// </summary>
internal sealed class OutputPipe(Stream pipe, CancellationToken cut) : ReadOnlyStream
{
    private int _drainBytes = 1 << 20; // the most that a pipe holds (pipe(7), pipe-max-size)
    private TimeSpan _drainTime = TimeSpan.FromMilliseconds(250); // in which reads surely begin, however busy we are

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!cut.IsCancellationRequested)
        {
            if (await TryReadAsync(buffer, cut) is { } count)
                return count;
        }

        // Who was waiting for it found it empty; who was busy with what came before did not. And whoever still writes is not
        // listened to for ever.
        var startedAt = Stopwatch.GetTimestamp();
        using var deadline = new CancellationTokenSource(_drainTime);
        var drained = await TryReadAsync(buffer[..Math.Min(buffer.Length, _drainBytes)], deadline.Token) ?? 0;
        _drainTime = TimeSpan.FromTicks(Math.Max(1, (_drainTime - Stopwatch.GetElapsedTime(startedAt)).Ticks));
        _drainBytes -= drained;
        return drained;
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
