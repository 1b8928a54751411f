using System.Text.Json;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>The history cannot be read or written, so nothing is promised that could be forgotten.</summary>
public sealed class JobHistoryException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether there is no room on the disk, or in a file of the history.</summary>
    public bool IsDiskFull { get; } = DiskFaults.IsNoRoom(inner);

    /// <summary>Translates what opening, reading or writing the history may throw; null for other exceptions.</summary>
    internal static JobHistoryException? From(Exception e) =>
        e is JsonException or ObjectDisposedException || DiskFaults.Of(e) is not null ? new(e.Message, e) : null;
}
