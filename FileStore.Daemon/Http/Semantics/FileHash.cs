using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>The hash of a stored file in requests and responses.</summary>
internal static class FileHash
{
    /// <summary>A file's entity tag is its hash: the bytes of a hash never change.</summary>
    internal static string EntityTag(Digest digest) => $"\"{digest}\"";

    internal static Problem Absent(Digest digest) => Problem.NotFound($"no file with the hash {digest} is stored");

    /// <exception cref="ProblemException">400: it is not a hash of this kind.</exception>
    internal static Digest Parse(string text, HashKind kind) => Digest.TryParse(kind, text, out var digest)
        ? digest
        : throw new ProblemException(Problem.BadRequest($"this store's hashes are {kind}: {kind.HexLength} hexadecimal digits"));
}
