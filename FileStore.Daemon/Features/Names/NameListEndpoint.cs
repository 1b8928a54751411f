using FileStore.Core.Index;
using FileStore.Core.Names;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Names;

/// <summary>Lists and searches names: GET of <c>/names</c> and <c>/names/FOLDER/</c>.</summary>
internal sealed class NameListEndpoint(NamedBlobStore store)
{
    /// <summary>The parameters that change how a list is shown.</summary>
    internal static readonly string[] Names = ["prefix", "delimiter", "after", "limit", "q", "sort"];

    private const int DefaultLimit = 1000;
    private const int MaxLimit = 10_000;

    /// <summary>GET /names</summary>
    internal Task ListAsync(Request request)
    {
        var delimiter = request.Query("delimiter");
        if (delimiter is not (null or "" or "/"))
            throw Parameters.Wrong("delimiter", "/");
        return ListAsync(request, UnicodeNormalization.ToNfc(request.Query("prefix") ?? ""), byFolder: delimiter == "/");
    }

    /// <summary>GET /names/FOLDER/: the folder's names and folders.</summary>
    internal Task ListFolderAsync(Request request, string folder) => ListAsync(request, folder, byFolder: true);

    private async Task ListAsync(Request request, string prefix, bool byFolder)
    {
        var (order, descending) = OrderOf(request.Query("sort") ?? "name");
        var after = request.Query("after");
        var query = new NameQuery
        {
            Prefix = prefix,
            ByFolder = byFolder,
            Search = request.Query("q") is { Length: > 0 } text ? UnicodeNormalization.ToNfc(text) : null,
            Order = order,
            Descending = descending,
            After = after is { Length: > 0 } ? UnicodeNormalization.ToNfc(after) : null,
            Limit = request.Query("limit") is { } limit ? Parameters.Number("limit", limit, 1, MaxLimit) : DefaultLimit,
        };
        var page = store.Index.OpenIfThere() is { } names ? await names.ListAsync(query, CancellationToken.None) : new NamePage([], [], null);
        await JsonResponse.RespondAsync(request, 200, new NameList(page.Names.Select(ListedName.Of), page.Folders, page.Next), NameJson.Context.NameList);
    }

    private static (NameOrder, bool Descending) OrderOf(string text) => text switch
    {
        "name" => (NameOrder.Name, false),
        "-name" => (NameOrder.Name, true),
        "modified" => (NameOrder.Modified, false),
        "-modified" => (NameOrder.Modified, true),
        "size" => (NameOrder.Size, false),
        "-size" => (NameOrder.Size, true),
        _ => throw Parameters.Wrong("sort", "name, modified or size, with - before it for the reverse order"),
    };
}
