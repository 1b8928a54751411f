using System.Diagnostics;
using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>
/// Reads a program's output pipe. It ends when all writers have closed it, or after the cut: a process that left the group
/// may hold it open for ever. What was in the pipe at the cut is still read.
/// </summary>
internal sealed class OutputPipe(Stream pipe, CancellationToken cut) : ReadOnlyStream
{
    private int _drainBytes = 1 << 20; // the largest capacity of a pipe (pipe(7), pipe-max-size)
    private TimeSpan _drainTime = TimeSpan.FromMilliseconds(250); // enough for a pending read to start under load

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!cut.IsCancellationRequested)
        {
            if (await TryReadAsync(buffer, cut) is { } count)
                return count;
        }

        // After the cut, drain what is in the pipe, bounded in bytes and time.
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
