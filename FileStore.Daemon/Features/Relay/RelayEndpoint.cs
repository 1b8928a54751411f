using System.Text.Json;
using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Core.Relay;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Relay;

/// <summary>Takes uploads for another API: <c>/upload</c> stores them, <c>/upload1</c> and <c>/upload2</c> forward them.</summary>
/// <param name="store">The store.</param>
/// <param name="receiver">Receives files that are stored.</param>
/// <param name="forwarder">Forwards files.</param>
/// <param name="roots">The local files that may be forwarded.</param>
/// <param name="fetch">Fetches files of other hosts.</param>
internal sealed class RelayEndpoint(IBlobStore store, UploadReceiver receiver, Forwarder forwarder, LocalRoots roots, RemoteFetch fetch)
{
    private const string Field = "somefile";
    private const int MaxBody = 64 << 10;

    /// <summary>POST /upload: stores the one file of a form.</summary>
    internal async Task StoreAsync(Request request)
    {
        await using var form = await OneFileForm.ReadAsync(request, _ => { }, receiver.ReceivePartAsync);
        await UploadReceiver.CommitAsync(form.File);
        await JsonResponse.RespondAsync(request, 200, new KeptUpload("done", store.LocationOf(form.File.Digest), form.File.Digest.Hex), RelayJson.Context.KeptUpload);
    }

    /// <summary>POST /upload1: stores and forwards the one file of a form.</summary>
    internal async Task ForwardAsync(Request request)
    {
        forwarder.RequireUpstream();
        await using var form = await OneFileForm.ReadAsync(request, forwarder.RequireName, (content, max) => forwarder.ReceiveAsync(content, null, max));
        await forwarder.ForwardAsync(request, form, isKept: true);
    }

    /// <summary>POST /upload2: forwards a file of this machine or of another host, and does not store it.</summary>
    internal async Task ForwardFromLocationAsync(Request request)
    {
        forwarder.RequireUpstream();
        var place = Parse(await JsonBody.ReadAsync(request, MaxBody, "the place of a file"));
        await using var form = place.StartsWith('/') ? await ReadAsync(place) : await fetch.GetAsync(UrlOf(place), ReceiveAsync);
        await forwarder.ForwardAsync(request, form, isKept: false);
    }

    /// <summary>Reads the path or URL in a body: <c>{"somefile": "/path"}</c>.</summary>
    /// <exception cref="ProblemException">400: the body is something else.</exception>
    internal static string Parse(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 2 });
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.EnumerateObject().ToArray() is [{ Value.ValueKind: JsonValueKind.String } only] && only.NameEquals(Field)
                && only.Value.GetString() is { Length: > 0 } place
                ? place
                : throw Refusal($"the body should be an object with one member: {{\"{Field}\":\"/path\"}}, or an http or https URL in its place");
        }
        catch (JsonException e)
        {
            throw Refusal($"the body {JsonText.Fault(e)}");
        }
        catch (InvalidOperationException)
        {
            throw Refusal($"{Field} contains half of a surrogate pair");
        }
    }

    private static Uri UrlOf(string place) => Uri.TryCreate(place, UriKind.Absolute, out var url)
        ? url
        : throw Refusal($"{Field} should be an absolute path, or an http or https URL");

    private async Task<OneFileForm> ReadAsync(string path)
    {
        await using var file = OpenLocal(path);
        var (name, length) = (OneFileForm.Printable(Path.GetFileName(path)), file.Length);
        forwarder.RequireName(name);
        try
        {
            var received = await forwarder.ReceiveAsync(file, length, length);
            var form = new OneFileForm(received, Field, name, MediaTypes.Of(name), []);
            if (received.Size == length)
                return form;
            await form.DisposeAsync();
            throw new ProblemException(Problem.Conflict("the file changed while it was read, and nothing was sent: ask again"));
        }
        catch (IOException e)
        {
            throw new ProblemException(Problem.Unreadable(), e);
        }
    }

    private FileStream OpenLocal(string path)
    {
        try
        {
            return roots.Open(path) ?? throw new ProblemException(Problem.NotFound("no such file"));
        }
        catch (Exception e) when (e is OutsideRootsException or UnauthorizedAccessException)
        {
            throw new ProblemException(Problem.Forbidden(e.Message));
        }
        catch (IOException e)
        {
            throw new ProblemException(Problem.Unreadable(), e);
        }
    }

    private async Task<OneFileForm> ReceiveAsync(RemoteFile file)
    {
        var name = OneFileForm.PlainName(file.Name);
        forwarder.RequireName(name);
        return new OneFileForm(await forwarder.ReceiveAsync(file.Content, file.Length, file.Length), Field,
            name.Length > 0 ? name : Field, file.ContentType ?? MediaTypes.Of(name), []);
    }

    private static ProblemException Refusal(string detail) => new(Problem.BadRequest(detail));
}
