namespace FileStore.Core.Primitives;

/// <summary>
/// Identifies a file and its state. It differs once the file is replaced, written, or given to another user. Two changes
/// within a clock tick of the kernel (some milliseconds) look alike if they keep the length.
/// </summary>
public readonly record struct FileStamp
{
    /// <summary>The file's permission bits.</summary>
    public UnixFileMode Mode { get; private init; }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; private init; }

    /// <summary>The owner's user id.</summary>
    public uint Owner { get; private init; }

    internal (ulong Device, ulong Inode) Identity { get; private init; }

    internal (long Seconds, uint Nanoseconds) Modified { get; private init; }

    internal (long Seconds, uint Nanoseconds) Changed { get; private init; }

    /// <summary>
    /// Whether the last change is more than a second ago. That is the coarsest clock of a file system, so any later change
    /// will alter the stamp.
    /// </summary>
    internal bool IsSettled(DateTimeOffset now) => now.ToUnixTimeMilliseconds() >= (Changed.Seconds + 2) * 1000;

    /// <summary>
    /// The same with the file system's own resolution: clocks with fractions of a second tick at least 100 times a second.
    /// </summary>
    internal bool IsSettledFinely(DateTimeOffset now) => Changed.Nanoseconds == 0
        ? IsSettled(now)
        : now.ToUnixTimeMilliseconds() - (Changed.Seconds * 1000) - (Changed.Nanoseconds / 1_000_000) >= 100;

    /// <summary>Examines a file without opening it (statx(2)), following links. Null if it does not exist.</summary>
    /// <exception cref="IOException">The file cannot be examined; HResult is the errno.</exception>
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
