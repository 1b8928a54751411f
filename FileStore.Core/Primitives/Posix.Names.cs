using System.Runtime.InteropServices;

namespace FileStore.Core.Primitives;

/// <summary>Creating, renaming and removing names.</summary>
internal static partial class Posix
{
    private const int RenameNoReplace = 1;

    /// <summary>renameat2(2) with RENAME_NOREPLACE. False if the new name is taken.</summary>
    /// <exception cref="IOException">Any other failure, including ENOENT for a missing directory.</exception>
    internal static bool TryRenameNew(string from, string to)
    {
        if (Retry((from, to), static names => renameat2(AtFdCwd, names.from, AtFdCwd, names.to, RenameNoReplace)) == 0)
            return true;
        var errno = Marshal.GetLastPInvokeError();
        if (errno is Einval or Enosys)
            return TryLinkNew(from, to); // file systems without RENAME_NOREPLACE, such as NFS
        return errno == Eexist ? false : throw Failure("rename", to, errno);
    }

    /// <summary>rename(2), which replaces.</summary>
    internal static void RenameOver(string from, string to)
    {
        if (Retry((from, to), static names => rename(names.from, names.to)) != 0)
            throw Failure("rename", to);
    }

    /// <summary>mkdir(2), mode 0777 less the umask. False if the name is taken.</summary>
    internal static bool TryMakeDirectory(string path)
    {
        if (Retry(path, static name => mkdir(name, 0x1FF)) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == Eexist ? false : throw Failure("mkdir", path);
    }

    /// <summary>unlink(2). False if there is no such file, or it is a directory.</summary>
    internal static bool TryUnlink(string path)
    {
        if (Retry(path, static name => unlink(name)) == 0)
            return true;
        return Marshal.GetLastPInvokeError() is Enoent or Enotdir or Eisdir ? false : throw Failure("unlink", path);
    }

    /// <summary>Deletes a temporary file without throwing, so that an earlier failure is not hidden.</summary>
    /// <returns>Whether the file is gone.</returns>
    internal static bool UnlinkQuietly(string path)
    {
        try
        {
            TryUnlink(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>rmdir(2). False on any failure: not empty, missing, a mount point.</summary>
    internal static bool TryRemoveDirectory(string path) => Retry(path, static name => rmdir(name)) == 0;

    private static bool TryLinkNew(string from, string to)
    {
        if (Retry((from, to), static names => link(names.from, names.to)) != 0)
            return Marshal.GetLastPInvokeError() == Eexist ? false : throw Failure("link", to);
        TryUnlink(from);
        return true;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdir(string path, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlink(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rmdir(string path);
}
