using FileStore.Core.Primitives;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>How requests name a blob: <c>/?file_hash=H</c>, as the source system has it, and <c>/files/H</c>.</summary>
internal static class BlobParameters
{
    /// <exception cref="ProblemException">400: no name, or none that a blob of this store could have.</exception>
    internal static Digest FromQuery(Request request, HashKind kind) => request.Query("file_hash") is { Length: > 0 } text
        ? Parse(text, kind)
        : throw new ProblemException(Problem.BadRequest("the parameter file_hash is missing: /?file_hash=<hash>"));

    /// <exception cref="ProblemException">400: no name that a blob of this store could have.</exception>
    internal static Digest FromPath(Request request, HashKind kind) => Parse(request.PathValue("hash"), kind);

    /// <summary>A blob's entity tag is its name: the bytes behind a name never change.</summary>
    internal static string EntityTag(Digest digest) => $"\"{digest}\"";

    internal static Problem Absent(Digest digest) => Problem.NotFound($"no file with the hash {digest} is stored");

    internal static Digest Parse(string text, HashKind kind) => Digest.TryParse(kind, text, out var digest)
        ? digest
        : throw new ProblemException(Problem.BadRequest($"this store's hashes are {kind}: {kind.HexLength} hexadecimal digits"));
}
