using FileStore.Core.Exports;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Exports;

/// <summary>Lists an export: GET of <c>/list</c>.</summary>
internal sealed class ExportListEndpoint(ExportRoots exports)
{
    internal async Task ListAsync(Request request)
    {
        var directory = ExportParameters.Directory(request, exports);
        var files = await exports.ListAsync(directory, ExportParameters.Pattern(request));
        await JsonResponse.RespondAsync(request, 200, [.. files], ExportJson.Context.ExportEntryArray);
    }
}
