using FileStore.Core.Exports;
using FileStore.Daemon.Http;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Endpoints;

/// <summary>Serves a file of an export, as it is or packed: GET and HEAD of <c>/get</c>.</summary>
internal sealed class ExportGetEndpoint(ExportRoots exports, ExportArchiver archiver, ContentAnswer answer)
{
    internal async Task GetAsync(Request request)
    {
        var directory = ExportNames.Directory(request, exports);
        var name = ExportNames.File(request);
        var format = Format(request);
        await using var file = await exports.OpenAsync(directory, name);
        if (file is null)
        {
            await request.RespondProblemAsync(ExportNames.Absent());
            return;
        }

        if (format is null)
        {
            await SendAsync(request, file);
            return;
        }

        await using var packed = await archiver.PackAsync(file, format.Value, CancellationToken.None);
        await SendAsync(request, packed);
    }

    private Task SendAsync(Request request, ExportedFile file) =>
        answer.SendAsync(request, file, new EntityTagHeaderValue($"\"{file.Tag}\""), "no-cache", () =>
        {
            request.Exchange.SetField("Content-Type", MediaTypes.Of(file.Name));
            request.Exchange.SetField("Content-Disposition", ContentDisposition.Attachment(file.Name));
        });

    private static ArchiveFormat? Format(Request request) => ExportNames.Given(request, "compress") switch
    {
        null => null,
        "zip" => ArchiveFormat.Zip,
        "gz" => ArchiveFormat.Gzip,
        _ => throw new ProblemException(Problem.BadRequest("the parameter compress should be zip or gz")),
    };
}
