using FileStore.Core.Blobs;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Receives uploaded files. The caller commits and disposes them.</summary>
/// <param name="store">The store that receives them.</param>
/// <param name="maxUpload">The largest file in bytes; 0 for no limit.</param>
internal sealed class UploadReceiver(IBlobStore store, long maxUpload)
{
    private const int MaxFiles = 1000; // of a form

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

    /// <summary>Reads the parts of a form, and ends when the whole body has come.</summary>
    /// <param name="request">The request.</param>
    /// <param name="boundary">The boundary of the form.</param>
    /// <param name="receive">Receives a file, given an upper bound of its length in bytes, if known.</param>
    /// <exception cref="ProblemException">400: it has no file. 413: it has too many files, or too long other fields.</exception>
    internal static async Task ReceiveFormAsync(Request request, string boundary, Func<FormPart, long?, Task> receive)
    {
        await using var body = BodyReader.Open(request);
        var (files, fieldBytes) = (0, 0);
        await foreach (var part in MultipartUpload.PartsAsync(body, boundary, CancellationToken.None))
        {
            if (part.FileName is null)
            {
                fieldBytes += await DiscardAsync(part.Content, MultipartUpload.MaxFieldBytes - fieldBytes);
                continue;
            }

            if (files++ == MaxFiles)
                throw new ProblemException(new Problem(413, $"a form may have {MaxFiles} files at most; nothing was stored"));
            // The whole body's length is an upper bound for the first file, and the only hint there is.
            await receive(part, files == 1 ? request.Exchange.ContentLength : null);
        }

        if (files == 0)
            throw new ProblemException(Problem.BadRequest("the form has no file: curl sends one with -F f=@FILE"));
        await BodyReader.DrainAsync(body);
    }

    /// <summary>Reads and discards a form field that is not a file.</summary>
    /// <exception cref="ProblemException">413: it is so long that it may be meant as a file.</exception>
    private static async Task<int> DiscardAsync(Stream field, int left)
    {
        var buffer = new byte[4 << 10];
        int count, length = 0;
        while ((count = await field.ReadAsync(buffer)) > 0)
        {
            if ((length += count) > left)
            {
                throw new ProblemException(new Problem(413,
                    $"the parts of a form that have no filename may have {MultipartUpload.MaxFieldBytes} bytes in all, and a file needs a filename; nothing was stored"));
            }
        }

        return length;
    }

    internal static ProblemException Conflict(IncomingBlob file) => new(Problem.Conflict(
        $"other bytes with the {file.Digest.Kind} hash {file.Digest} are stored, and yours were not: one of the two is forged"));
}
