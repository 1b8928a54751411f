using FileStore.Core.Blobs;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>Reads an output stream of a job to its end: into memory up to a limit, and into the store if it is longer.</summary>
internal static class CapturedOutput
{
    private const int BufferSize = 64 << 10; // the capacity of a pipe

    /// <param name="stream">The stream.</param>
    /// <param name="limit">The most bytes that a result may hold.</param>
    /// <param name="store">Receives longer output.</param>
    /// <returns>The output, and why the whole of it could not be stored; null if it was.</returns>
    internal static async Task<(JobOutput Output, string? Fault)> ReadAsync(Stream stream, long limit, IBlobWriter store)
    {
        using var buffered = new MemoryStream();
        var buffer = new byte[BufferSize];
        int count;
        while (buffered.Length <= limit && (count = await stream.ReadAsync(buffer)) > 0)
            buffered.Write(buffer, 0, count);

        var bytes = buffered.GetBuffer().AsMemory(0, (int)buffered.Length);
        if (bytes.Length <= limit)
            return (new JobOutput(JobOutput.Decode(bytes.Span, isCut: false)), null);

        var text = JobOutput.Decode(bytes.Span[..(int)limit], isCut: true);
        string? hash = null;
        string? fault = null;
        try
        {
            await using var incoming = await store.ReceiveAsync(new JoinedStream(bytes, stream), null, CancellationToken.None);
            if (await incoming.CommitAsync(CancellationToken.None) == CommitOutcome.Conflict)
                fault = $"other bytes with its hash {incoming.Digest} are stored";
            else
                hash = incoming.Digest.Hex;
        }
        catch (Exception e)
        {
            // The job goes on, and would block for ever if nobody read its output.
            while (await stream.ReadAsync(buffer) > 0)
            {
            }

            if (e is not BlobStoreException)
                throw;
            fault = e.Message;
        }

        return (new JobOutput(text, IsTruncated: true, hash), fault);
    }
}
