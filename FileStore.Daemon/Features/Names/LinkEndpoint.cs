using System.Text.Json;
using FileStore.Core.Names;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Semantics;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Names;

/// <summary>Makes links that read one name or file without an access token, until they end: POST of <c>/links</c>.</summary>
internal sealed class LinkEndpoint(NamedBlobStore store, SignedLinks links, TimeProvider time)
{
    private const int MaxBody = 16 << 10;
    private const int MaxDays = 366;

    internal async Task CreateAsync(Request request)
    {
        var asked = Parse(await JsonBody.ReadAsync(request, MaxBody, "a request for a link"));
        var target = await TargetAsync(asked);
        var expires = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + Lifetime(asked.Expires ?? "1d")).ToUnixTimeSeconds());
        var path = string.Join('/', target.Split('/').Select(Uri.EscapeDataString));
        var origin = RequestOrigin.TryGetHost(request.Exchange, out var host) ? $"{(request.Exchange.IsSecure ? "https" : "http")}://{host.Authority}" : "";
        await JsonResponse.RespondAsync(request, 201,
            new NewLink($"{origin}{path}?key={links.Sign(target, expires)}", Timestamp.Format(expires)), NameJson.Context.NewLink);
    }

    private static LinkRequest Parse(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, NameJson.Context.LinkRequest) ?? throw Refusal("the body should be an object");
        }
        catch (JsonException e)
        {
            throw Refusal($"the body {JsonText.Fault(e)}");
        }
    }

    /// <summary>The path that the link reads, decoded.</summary>
    private async Task<string> TargetAsync(LinkRequest asked)
    {
        switch (asked)
        {
            case { Name: { } text, FileHash: null }:
                var name = NameParameters.Parse("the name", text);
                return store.Index.OpenIfThere() is { } names && await names.FindAsync(name, CancellationToken.None) is not null
                    ? $"/names/{name}"
                    : throw new ProblemException(NameParameters.Absent(name.Text));
            case { Name: null, FileHash: { } hash }:
                var digest = FileHash.Parse(hash, store.HashKind);
                await using (var blob = await store.OpenAsync(digest, CancellationToken.None))
                    return blob is not null ? $"/files/{digest}" : throw new ProblemException(FileHash.Absent(digest));
            default:
                throw Refusal("name either \"name\" or \"file_hash\"");
        }
    }

    private static TimeSpan Lifetime(string text)
    {
        try
        {
            return OptionText.Duration(text, MaxDays);
        }
        catch (FormatException e)
        {
            throw Refusal($"expires {e.Message}");
        }
    }

    private static ProblemException Refusal(string detail) => new(Problem.BadRequest(detail));
}
