using FileStore.Core.Index;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>Reads the blob that a request names: <c>/?file_hash=H</c>, as in the source system, or <c>/files/H</c>.</summary>
internal static class BlobParameters
{
    /// <exception cref="ProblemException">400: the hash is missing, or is not one of this store.</exception>
    internal static Digest FromQuery(Request request, HashKind kind) => request.Query("file_hash") is { Length: > 0 } text
        ? FileHash.Parse(text, kind)
        : throw new ProblemException(Problem.BadRequest("the parameter file_hash is missing: /?file_hash=<hash>"));

    /// <exception cref="ProblemException">400: the hash is not one of this store.</exception>
    internal static Digest FromPath(Request request, HashKind kind) => FileHash.Parse(request.PathValue("hash"), kind);

    internal static Problem InUse(NamesOfBlob names) => Problem.Conflict("names point at the file, and it was not deleted: delete them first, or add names=delete") with
    {
        WriteMembers = json =>
        {
            json.WriteStartArray("names");
            foreach (var name in names.Names)
                json.WriteStringValue(name.Text);
            json.WriteEndArray();
            json.WriteNumber("total", names.Total);
        },
    };
}
