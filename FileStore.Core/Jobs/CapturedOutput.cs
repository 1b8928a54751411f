using FileStore.Core.Blobs;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>Reads a job's stream to its end: into memory up to a limit, and if there is more, all of it into the store.</summary>
internal static class CapturedOutput
{
    private const int BufferSize = 64 << 10; // what a pipe holds

    /// <param name="stream">The stream.</param>
    /// <param name="limit">Bytes that a result may hold.</param>
    /// <param name="store">Where more than that goes.</param>
    /// <returns>What came, and why not all of it is kept if that is so.</returns>
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
            // The job goes on all the same, and would wait for ever for somebody to read what it writes.
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
