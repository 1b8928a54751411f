using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>Calls that a file system may refuse: for want of room, or because it cannot do such a thing.</summary>
internal static partial class Posix
{
    /// <summary>Flushes a folder. False if its file system cannot flush folders at all (cifs and some of FUSE: EINVAL, EOPNOTSUPP).</summary>
    /// <exception cref="IOException">The flush failed, or the folder cannot be opened.</exception>
    internal static bool CanSyncFolder(string path)
    {
        using var folder = TryOpen(path, OReadOnly, out var errno) ?? throw Failure("open", path, errno);
        int result;
        while (IsInterrupted(result = fsync(folder)))
        {
        }

        if (result == 0)
            return true;
        return Marshal.GetLastPInvokeError() is Einval or Eopnotsupp ? false : throw Failure("fsync", path);
    }

    /// <summary>Writes all of the bytes at this place in a file.</summary>
    /// <exception cref="IOException">Some or all could not be written; HResult is the errno.</exception>
    internal static void Write(SafeFileHandle handle, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Failure("write", path, Efbig); // .NET takes EFBIG for a fault of its caller
        }
    }

    /// <summary>Another descriptor of the same open file (fcntl(2), F_DUPFD_CLOEXEC), which stays open when this one is closed.</summary>
    internal static SafeFileHandle Duplicate(SafeFileHandle handle, string path)
    {
        const int duplicate = 1030;
        return fcntl(handle, duplicate, 0) is var fd and >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failure("fcntl", path);
    }
}
