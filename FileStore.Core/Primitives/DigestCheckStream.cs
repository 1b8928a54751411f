using System.Security.Cryptography;

namespace FileStore.Core.Primitives;

/// <summary>
/// Passes reads through and verifies the digests at the end. A reader that sees the end has the expected content. The inner
/// stream stays the caller's to dispose.
/// </summary>
/// <remarks>The last read throws <see cref="DigestMismatchException"/> if a digest differs.</remarks>
public sealed class DigestCheckStream : ReadOnlyStream
{
    private readonly Stream _inner;
    private readonly List<(Digest Expected, IncrementalHash Hash)> _checks;

    public DigestCheckStream(Stream inner, IEnumerable<Digest> expected)
    {
        _inner = inner;
        _checks = [.. expected.Select(digest => (digest, digest.Kind.CreateHash()))];
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await _inner.ReadAsync(buffer, cancellationToken);
        foreach (var (expected, hash) in _checks)
        {
            if (count > 0)
                hash.AppendData(buffer.Span[..count]);
            else if (buffer.Length > 0)
                Verify(expected, hash);
        }

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var (_, hash) in _checks)
            hash.Dispose();
        base.Dispose(disposing);
    }

    private static void Verify(Digest expected, IncrementalHash hash)
    {
        var actual = Digest.FromBytes(expected.Kind, hash.GetCurrentHash());
        if (actual != expected)
            throw new DigestMismatchException(expected, actual);
    }
}

/// <summary>The content does not have the expected digest.</summary>
public sealed class DigestMismatchException(Digest expected, Digest actual)
    : Exception($"the {expected.Kind} digest of the bytes is {actual}, not {expected}")
{
    /// <summary>The expected digest.</summary>
    public Digest Expected { get; } = expected;
}
