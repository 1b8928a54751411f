using FileStore.Core.Blobs;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Receives uploaded files. The caller commits and disposes them.</summary>
/// <param name="store">The store that receives them.</param>
/// <param name="maxUpload">The largest file in bytes; 0 for no limit.</param>
internal sealed class UploadReceiver(IBlobStore store, long maxUpload)
{
    /// <summary>Receives the whole body as a file.</summary>
    internal async Task<IncomingBlob> ReceiveBodyAsync(Request request)
    {
        var length = request.Exchange.ContentLength;
        if (maxUpload > 0 && length > maxUpload)
            throw new ProblemException(Problem.TooLarge(maxUpload));
        await using var body = BodyReader.Open(request);
        return await store.ReceiveAsync(BodyReader.WithLimit(body, maxUpload), length, CancellationToken.None);
    }

    /// <summary>Receives a part of the body as a file.</summary>
    /// <param name="content">The content.</param>
    /// <param name="maxLength">An upper bound of its length in bytes; null if unknown.</param>
    internal Task<IncomingBlob> ReceivePartAsync(Stream content, long? maxLength) =>
        store.ReceiveAsync(BodyReader.WithLimit(content, maxUpload), maxUpload > 0 && maxLength > maxUpload ? maxUpload : maxLength, CancellationToken.None);

    /// <summary>Commits a file.</summary>
    /// <exception cref="ProblemException">409: other content with its hash is stored.</exception>
    internal static async Task<CommitOutcome> CommitAsync(IncomingBlob file)
    {
        var outcome = await file.CommitAsync(CancellationToken.None);
        return outcome != CommitOutcome.Conflict ? outcome : throw Conflict(file);
    }

    /// <summary>Commits several files, all or none.</summary>
    /// <exception cref="ProblemException">409: other content with the hash of one of them is stored.</exception>
    internal async Task<IReadOnlyList<CommitOutcome>> CommitAllAsync(IReadOnlyList<IncomingBlob> files)
    {
        var outcomes = await store.CommitAllAsync(files, CancellationToken.None);
        return outcomes[^1] != CommitOutcome.Conflict ? outcomes : throw Conflict(files[outcomes.Count - 1]);
    }

    private static ProblemException Conflict(IncomingBlob file) => new(Problem.Conflict(
        $"other bytes with the {file.Digest.Kind} hash {file.Digest} are stored, and yours were not: one of the two is forged"));
}
