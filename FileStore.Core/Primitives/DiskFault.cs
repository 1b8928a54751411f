namespace FileStore.Core.Primitives;

/// <summary>The kinds of failures of a file system, by what they mean to whoever asked.</summary>
public enum DiskFault
{
    /// <summary>The disk, the quota or the file system's table of files is full. Reading still works.</summary>
    NoSpace,

    /// <summary>The file would be larger than the process may write (RLIMIT_FSIZE), or than the file system can hold.</summary>
    FileTooLarge,

    /// <summary>The process may not do this: mounted read-only, or no permission.</summary>
    Denied,

    /// <summary>It may work later: a folder is gone or its host does not respond, or the process is out of descriptors, memory or threads.</summary>
    Unavailable,

    /// <summary>The device reported an error, or something else that has no better name.</summary>
    Failed,
}

/// <summary>The one table from errno to the kind of a failure.</summary>
public static class DiskFaults
{
    /// <summary>The kind of what was thrown; null if the file system did not throw it.</summary>
    public static DiskFault? Of(Exception? e) => e switch
    {
        UnauthorizedAccessException => DiskFault.Denied,
        FileNotFoundException or DirectoryNotFoundException or DriveNotFoundException => DiskFault.Unavailable,
        IOException => Of(e.HResult),
        ArgumentOutOfRangeException { ParamName: "value" } => DiskFault.FileTooLarge, // how .NET says EFBIG
        _ => null,
    };

    /// <summary>Whether there is no room on the disk, or in the file.</summary>
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
