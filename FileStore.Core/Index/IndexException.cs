using FileStore.Core.Primitives;

namespace FileStore.Core.Index;

/// <summary>The medium behind the index failed.</summary>
/// <param name="fault">The kind of failure.</param>
/// <param name="message">What happened. It may name paths, so it is for the log, not for clients.</param>
/// <param name="inner">The cause.</param>
public sealed class IndexException(DiskFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public DiskFault Fault { get; } = fault;

    /// <summary>Whether the index itself is damaged, so that it has to be restored.</summary>
    public bool IsDamaged { get; init; }
}
