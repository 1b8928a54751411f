namespace FileStore.Core.Primitives;

/// <summary>
/// Which file lies at a path, and in which state: another one once the file has been replaced, written or given to
/// somebody else. Two changes within one tick of the kernel's clock (some milliseconds) look like one if they leave the
/// file's length alone.
/// </summary>
public readonly record struct FileStamp
{
    /// <summary>The file's permission bits.</summary>
    public UnixFileMode Mode { get; private init; }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; private init; }

    /// <summary>The id of the user whom the file belongs to.</summary>
    public uint Owner { get; private init; }

    internal (ulong Device, ulong Inode) Identity { get; private init; }

    internal (long Seconds, uint Nanoseconds) Modified { get; private init; }

    internal (long Seconds, uint Nanoseconds) Changed { get; private init; }

    /// <summary>Whether the file was left alone for more than a second, which is the coarsest that clocks of file systems are: any change from now on will show.</summary>
    internal bool IsSettled(DateTimeOffset now) => now.ToUnixTimeMilliseconds() >= (Changed.Seconds + 2) * 1000;

    /// <summary>The same for file systems that tell fractions of seconds: their clocks tick a hundred times a second at least.</summary>
    internal bool IsSettledFinely(DateTimeOffset now) => Changed.Nanoseconds == 0
        ? IsSettled(now)
        : now.ToUnixTimeMilliseconds() - (Changed.Seconds * 1000) - (Changed.Nanoseconds / 1_000_000) >= 100;

    /// <summary>Looks at a file without opening it, by one system call. Links are followed. Null if there is none.</summary>
    /// <exception cref="IOException">That cannot be told; HResult is the errno.</exception>
    public static FileStamp? Of(string path) => Posix.StatFull(path) is { } status ? Of(status) : null;

    internal static FileStamp Of(in Posix.FileStatus status) => new()
    {
        Mode = (UnixFileMode)(status.Mode & 0xFFF),
        Length = status.Size,
        Owner = status.User,
        Identity = (status.Device, status.Inode),
        Modified = (status.ModifiedSeconds, status.ModifiedNanoseconds),
        Changed = (status.ChangedSeconds, status.ChangedNanoseconds),
    };
}
