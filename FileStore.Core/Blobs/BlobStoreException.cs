using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>The medium behind a store failed.</summary>
/// <param name="fault">The kind of failure.</param>
/// <param name="message">What happened. It may name paths, so it is for the log, not for clients.</param>
/// <param name="inner">What the file system threw.</param>
public sealed class BlobStoreException(DiskFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public DiskFault Fault { get; } = fault;

    /// <summary>Translates an exception of the file system; null if it is another one.</summary>
    internal static BlobStoreException? From(Exception e) => DiskFaults.Of(e) is { } fault ? new(fault, e.Message, e) : null;
}

/// <summary>A store cannot be opened. The message is one line for the operator.</summary>
public sealed class StoreOpenException(string message, Exception? inner = null) : Exception(message, inner);
