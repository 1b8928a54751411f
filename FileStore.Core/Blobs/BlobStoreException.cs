using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>What failed behind the store.</summary>
public enum BlobStoreFault
{
    /// <summary>The disk, the quota or the file system's table of files is full. Reading still works.</summary>
    NoSpace,

    /// <summary>The file would be larger than the process may write (RLIMIT_FSIZE), or than the file system can hold.</summary>
    FileTooLarge,

    /// <summary>The store may not be written: mounted read-only, or no permission. Reading still works.</summary>
    ReadOnly,

    /// <summary>The store cannot be used for now: its folder is gone, or the process is out of file descriptors or memory.</summary>
    Unavailable,

    /// <summary>The device reported an error, or something else that has no better name.</summary>
    Failed,
}

/// <summary>The medium behind a store failed.</summary>
public sealed class BlobStoreException(BlobStoreFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public BlobStoreFault Fault { get; } = fault;

    /// <summary>Judges what the file system threw; null if it was not the file system.</summary>
    internal static BlobStoreException? From(Exception e) => DiskFaults.Of(e) switch
    {
        null => null,
        DiskFault.NoSpace => new(BlobStoreFault.NoSpace, e.Message, e),
        DiskFault.FileTooLarge => new(BlobStoreFault.FileTooLarge, e.Message, e),
        DiskFault.Denied => new(BlobStoreFault.ReadOnly, e.Message, e),
        DiskFault.Unavailable => new(BlobStoreFault.Unavailable, e.Message, e),
        _ => new(BlobStoreFault.Failed, e.Message, e),
    };
}

/// <summary>A store cannot be opened. The message is one line for the person at the terminal.</summary>
public sealed class StoreOpenException(string message, Exception? inner = null) : Exception(message, inner);
