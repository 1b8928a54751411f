using FileStore.Core.Primitives;

namespace FileStore.Core.Index;

/// <summary>A name and the blob that it points at.</summary>
/// <param name="Name">The name.</param>
/// <param name="Digest">The digest of the blob.</param>
/// <param name="Size">The length of the blob in bytes.</param>
/// <param name="Type">The media type of the name.</param>
/// <param name="Modified">When the name was pointed at this blob: UTC, whole milliseconds.</param>
public sealed record NamedBlob(BlobName Name, Digest Digest, long Size, string Type, DateTimeOffset Modified);

/// <summary>A name that is to point at a blob from now on.</summary>
/// <param name="Name">The name.</param>
/// <param name="Digest">The digest of a blob that is stored.</param>
/// <param name="Size">The length of the blob in bytes.</param>
/// <param name="Type">The media type of the name.</param>
/// <param name="IsNewBlob">Whether the blob was stored for the sake of this name, so that it goes when nothing points at it any more.</param>
/// <param name="MayReplace">
/// Decides whether the name may be set, given what it points at now, or null. It runs in the transaction, maybe more than
/// once, and may not call the index.
/// </param>
public sealed record NameAssignment(BlobName Name, Digest Digest, long Size, string Type, bool IsNewBlob, Func<NamedBlob?, bool> MayReplace);

/// <summary>A name that was set.</summary>
/// <param name="Before">What it pointed at before; null if it is new.</param>
/// <param name="After">What it points at now.</param>
public sealed record NameChange(NamedBlob? Before, NamedBlob After);

/// <summary>Names that point at one blob.</summary>
/// <param name="Names">The first of them, in order.</param>
/// <param name="Total">How many there are in all.</param>
public sealed record NamesOfBlob(IReadOnlyList<BlobName> Names, long Total);

/// <summary>The outcome of a change to names.</summary>
public enum NameOutcome
{
    /// <summary>It was made.</summary>
    Done,

    /// <summary>The name or folder does not exist. Nothing was changed.</summary>
    Absent,

    /// <summary>The new name is taken, or the condition of the caller does not hold. Nothing was changed.</summary>
    Refused,

    /// <summary>A name in the moved folder would become longer than a name may be. Nothing was changed.</summary>
    TooLong,
}
