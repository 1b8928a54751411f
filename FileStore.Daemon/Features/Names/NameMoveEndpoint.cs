using FileStore.Core.Index;
using FileStore.Core.Names;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Names;

/// <summary>Moves and copies names and folders: POST of <c>/names/NAME?move_to=N</c> and <c>?copy_to=N</c>.</summary>
internal sealed class NameMoveEndpoint(NamedBlobStore store)
{
    /// <summary>Whether the request asks for a move or a copy.</summary>
    internal static bool Asks(Request request) => request.Query("move_to") is not null || request.Query("copy_to") is not null;

    internal async Task MoveAsync(Request request)
    {
        var (move, copy) = (request.Query("move_to"), request.Query("copy_to"));
        if (move is not null && copy is not null)
            throw new ProblemException(Problem.BadRequest("move_to and copy_to exclude each other"));
        if (move is not null)
            request.RequireScope(Scope.Delete); // beside write, which the route takes
        var replace = request.Query("replace") is { } text && Parameters.Switch("replace", text);
        var parameter = move is null ? "copy_to" : "move_to";
        var to = move ?? copy!;
        await (NameParameters.IsFolder(request)
            ? MoveFolderAsync(request, NameParameters.Folder(request), NameParameters.ParseFolder(parameter, to), keep: copy is not null, replace)
            : MoveNameAsync(request, NameParameters.Name(request), NameParameters.Parse(parameter, to), keep: copy is not null, replace));
    }

    private async Task MoveNameAsync(Request request, BlobName from, BlobName to, bool keep, bool replace) =>
        await RespondAsync(request, from.Text, to.Text, store.Index.OpenIfThere() is { } names ? await names.MoveAsync(from, to, keep, replace) : NameOutcome.Absent);

    private async Task MoveFolderAsync(Request request, string from, string to, bool keep, bool replace)
    {
        if (from != to && (to.StartsWith(from, StringComparison.Ordinal) || from.StartsWith(to, StringComparison.Ordinal)))
            throw new ProblemException(Problem.BadRequest($"'{from}' and '{to}' lie in each other; nothing was changed"));
        await RespondAsync(request, from, to, store.Index.OpenIfThere() is { } names ? await names.MoveFolderAsync(from, to, keep, replace) : NameOutcome.Absent);
    }

    private static Task RespondAsync(Request request, string from, string to, NameOutcome outcome) => outcome switch
    {
        NameOutcome.Done => JsonResponse.RespondAsync(request, 200, new MovedName(to, from), NameJson.Context.MovedName),
        NameOutcome.Absent => request.RespondProblemAsync(NameParameters.Absent(from)),
        NameOutcome.Refused => request.RespondProblemAsync(Problem.PreconditionFailed($"'{to}' is taken; nothing was changed (replace=true replaces it)")),
        _ => request.RespondProblemAsync(Problem.BadRequest($"a name in '{to}' would be longer than {BlobName.MaxBytes} bytes or have more than {BlobName.MaxSegments} segments; nothing was changed")),
    };
}
