using System.Text.Json;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>The history cannot be read or written, so the change was not acknowledged.</summary>
public sealed class JobHistoryException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the disk is full, or a file may not grow further.</summary>
    public bool IsDiskFull { get; } = DiskFaults.IsNoRoom(inner);

    /// <summary>Translates exceptions of opening, reading and writing the history. Null for others.</summary>
    internal static JobHistoryException? From(Exception e) =>
        e is JsonException or ObjectDisposedException || DiskFaults.Of(e) is not null ? new(e.Message, e) : null;
}
