using FileStore.Core.Index;
using FileStore.Core.Names;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Names;

/// <summary>Removes names: DELETE of <c>/names/NAME</c> and <c>/names/FOLDER/</c>. Their files go later, if nothing else holds them.</summary>
internal sealed class NameDeleteEndpoint(NamedBlobStore store)
{
    internal async Task DeleteAsync(Request request)
    {
        var isRecursive = request.Query("recursive") is { } recursive && Parameters.Switch("recursive", recursive);
        if (NameParameters.IsFolder(request))
            await DeleteFolderAsync(request, NameParameters.Folder(request), isRecursive);
        else
            await DeleteNameAsync(request, NameParameters.Name(request));
    }

    private async Task DeleteNameAsync(Request request, BlobName name)
    {
        var outcome = store.Index.OpenIfThere() is { } names
            ? await names.RemoveAsync(name, before => NameParameters.MayChange(request, before))
            : NameOutcome.Absent;
        await (outcome switch
        {
            NameOutcome.Done => JsonResponse.RespondAsync(request, 200, new DeletedNames(name.Text, 1), NameJson.Context.DeletedNames),
            NameOutcome.Absent => request.RespondProblemAsync(NameParameters.Absent(name.Text)),
            _ => request.RespondProblemAsync(Problem.PreconditionFailed($"the name '{name}' does not point at what the request says; nothing was deleted")),
        });
    }

    private async Task DeleteFolderAsync(Request request, string folder, bool isRecursive)
    {
        if (!isRecursive)
            throw new ProblemException(Problem.Conflict($"'{folder}' is a folder: recursive=true deletes every name in it"));
        if (request.Header("If-Match") is not null)
            throw new ProblemException(Problem.PreconditionFailed("a folder has no entity tag; nothing was deleted"));
        var count = store.Index.OpenIfThere() is { } names ? await names.RemoveFolderAsync(folder) : 0;
        await (count > 0
            ? JsonResponse.RespondAsync(request, 200, new DeletedNames(folder, count), NameJson.Context.DeletedNames)
            : request.RespondProblemAsync(NameParameters.Absent(folder)));
    }
}
