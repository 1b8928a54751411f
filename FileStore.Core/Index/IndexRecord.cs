using FileStore.Core.Primitives;

namespace FileStore.Core.Index;

/// <summary>A line of an export: a name, or a held blob that nothing points at any more.</summary>
/// <param name="Name">The name; null for a blob without one.</param>
/// <param name="Digest">The blob.</param>
/// <param name="Size">The length of the blob in bytes; 0 without a name.</param>
/// <param name="Type">The media type of the name; empty without one.</param>
/// <param name="Time">When the name was pointed at the blob, or since when nothing points at it.</param>
/// <param name="IsHeld">Whether the blob is held, and goes once nothing points at it.</param>
public sealed record IndexRecord(BlobName? Name, Digest Digest, long Size, string Type, DateTimeOffset Time, bool IsHeld);

/// <summary>What an import has done.</summary>
/// <param name="Added">Names that are new.</param>
/// <param name="Replaced">Names that pointed elsewhere before.</param>
/// <param name="Kept">Names that point elsewhere still, as they were not to be replaced.</param>
public readonly record struct ImportOutcome(long Added, long Replaced, long Kept)
{
    /// <summary>Both together.</summary>
    public static ImportOutcome operator +(ImportOutcome one, ImportOutcome other) =>
        new(one.Added + other.Added, one.Replaced + other.Replaced, one.Kept + other.Kept);
}
