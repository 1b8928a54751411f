using FileStore.Core.Exports;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Exports;

/// <summary>Serves a file of an export, as it is or packed: GET and HEAD of <c>/get</c>.</summary>
internal sealed class ExportGetEndpoint(ExportRoots exports, ExportArchiver archiver, ContentResponse response)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    internal async Task GetAsync(Request request)
    {
        var directory = ExportParameters.Directory(request, exports);
        var name = ExportParameters.File(request);
        var format = Format(request);
        await using var file = await exports.OpenAsync(directory, name);
        if (file is null)
        {
            await request.RespondProblemAsync(ExportParameters.Absent());
            return;
        }

        if (format is null)
        {
            await SendAsync(request, file);
            return;
        }

        await using var packed = await PackAsync(request, directory, file, format.Value);
        await SendAsync(request, packed);
    }

    /// <exception cref="ClientGoneException">The client did not wait for it.</exception>
    private async Task<ExportedFile> PackAsync(Request request, string directory, ExportedFile file, ArchiveFormat format)
    {
        using var left = new CancellationTokenSource();
        var packing = archiver.PackAsync(directory, file, format, left.Token);
        while (await Task.WhenAny(packing, Task.Delay(PollInterval, CancellationToken.None)) != packing)
        {
            if (request.Exchange.HasClientLeft)
                await left.CancelAsync();
        }

        try
        {
            return await packing;
        }
        catch (OperationCanceledException e)
        {
            throw new ClientGoneException(e);
        }
    }

    private Task SendAsync(Request request, ExportedFile file) =>
        response.SendAsync(request, file, $"\"{file.Tag}\"", "public, no-cache", () =>
        {
            request.Exchange.SetHeader("Content-Type", MediaTypes.Of(file.Name));
            request.Exchange.SetHeader("Content-Disposition", ContentDisposition.Attachment(file.Name));
        });

    private static ArchiveFormat? Format(Request request) => ExportParameters.Given(request, "compress") switch
    {
        null => null,
        "zip" => ArchiveFormat.Zip,
        "gz" => ArchiveFormat.Gzip,
        _ => throw new ProblemException(Problem.BadRequest("the parameter compress should be zip or gz")),
    };
}
