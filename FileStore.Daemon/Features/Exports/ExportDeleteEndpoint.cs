using FileStore.Core.Exports;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Exports;

/// <summary>Deletes files of an export, by name or by pattern: GET, POST and DELETE of <c>/delete</c>.</summary>
internal sealed class ExportDeleteEndpoint(ExportRoots exports)
{
    internal async Task DeleteAsync(Request request)
    {
        if (request.Exchange.HasBody)
        {
            await request.RespondProblemAsync(Problem.BadRequest("this takes no body: what is to be deleted stands in the query"));
            return;
        }

        var directory = ExportParameters.Directory(request, exports);
        ExportParameters.RequireValues(request, "name", "prefix", "suffix");
        var name = ExportParameters.Given(request, "name");
        var pattern = ExportParameters.Pattern(request);
        var hasPattern = pattern is not { Prefix: null, Suffix: null };
        if (name is null != hasPattern)
        {
            await request.RespondProblemAsync(Problem.BadRequest(
                "say which files: either name=FILE, or prefix=TEXT and suffix=TEXT, one of them or both; * stands for any"));
            return;
        }

        var count = request.IsHead ? await CountAsync(directory, name, pattern)
            : name is null ? await exports.RemoveAsync(directory, pattern)
            : await exports.RemoveAsync(directory, name) ? 1 : 0;
        if (name is not null && count == 0)
        {
            await request.RespondProblemAsync(ExportParameters.Absent());
            return;
        }

        await request.RespondTextAsync(200, count == 1 ? "deleted 1 file" : $"deleted {count} files");
    }

    /// <summary>What GET would do, which HEAD must not (RFC 9110, 9.2.1).</summary>
    private async Task<int> CountAsync(string directory, string? name, NamePattern pattern) =>
        (await exports.ListAsync(directory, pattern)).Count(file => name is null || file.Name == name);
}
