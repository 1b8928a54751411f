namespace FileStore.Core.Primitives;

/// <summary>Kinds of file system failures, by what they mean for the caller.</summary>
public enum DiskFault
{
    /// <summary>The disk, the quota or the file system's table of files is full. Reading still works.</summary>
    NoSpace,

    /// <summary>The file would be larger than the process may write (RLIMIT_FSIZE), or than the file system can hold.</summary>
    FileTooLarge,

    /// <summary>The file system is mounted read-only, or the process lacks the permission. Reading may still work.</summary>
    Denied,

    /// <summary>
    /// A later attempt may succeed: a directory is missing, its host does not respond, or the process is out of file
    /// descriptors, memory or threads.
    /// </summary>
    Unavailable,

    /// <summary>The file became shorter while it was read.</summary>
    Changed,

    /// <summary>Any other failure, such as an error of the device (EIO).</summary>
    Failed,
}

/// <summary>The only table from errno to <see cref="DiskFault"/>.</summary>
public static class DiskFaults
{
    /// <summary>Classifies an exception; null if the file system did not cause it.</summary>
    public static DiskFault? Of(Exception? e) => e switch
    {
        UnauthorizedAccessException => DiskFault.Denied,
        FileNotFoundException or DirectoryNotFoundException or DriveNotFoundException => DiskFault.Unavailable,
        EndOfStreamException => DiskFault.Changed,
        IOException => Of(e.HResult),
        ArgumentOutOfRangeException { ParamName: "value" } => DiskFault.FileTooLarge, // .NET reports EFBIG that way
        _ => null,
    };

    /// <summary>Whether the disk is full, or the file may not grow further.</summary>
    internal static bool IsNoRoom(Exception? e) => Of(e) is DiskFault.NoSpace or DiskFault.FileTooLarge;

    private static DiskFault Of(int errno) => errno switch
    {
        Posix.Enospc or Posix.Edquot => DiskFault.NoSpace,
        Posix.Efbig => DiskFault.FileTooLarge,
        Posix.Erofs or Posix.Eacces or Posix.Eperm => DiskFault.Denied,
        Posix.Enoent or Posix.Enotdir => DiskFault.Unavailable,
        Posix.Emfile or Posix.Enfile or Posix.Enomem or Posix.Eagain => DiskFault.Unavailable,
        Posix.Estale or Posix.Enotconn or Posix.Etimedout or Posix.Enodev => DiskFault.Unavailable, // NFS and FUSE
        _ => DiskFault.Failed,
    };
}
