using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>
/// A pipe that a job writes to. It ends when nobody has it open for writing any more, or when it is cut: somebody who left the
/// job's group may hold it open for ever.
/// </summary>
internal sealed class OutputPipe(Stream pipe, CancellationToken cut) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await pipe.ReadAsync(buffer, cut);
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }
}
