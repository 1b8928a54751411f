namespace FileStore.Core.Primitives;

/// <summary>Small files, written so that a reader, a crash or a power cut sees the old text or the new, never a part.</summary>
public static class DurableFile
{
    /// <summary>Replaces a file's content: temporary file beside it, fsync, rename, fsync of the folder.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="mode">Permission bits for a new file, less the umask.</param>
    /// <param name="forFolderOwner">
    /// Whether it is to belong to whom its folder belongs, also when root writes it. (Others can give files to nobody.)
    /// </param>
    /// <exception cref="IOException">A step failed; the old content stands and nothing is left behind.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode, bool forFolderOwner = false)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            Posix.TryUnlink(temporary);
            using (var handle = Posix.TryOpen(temporary, Posix.OReadWrite | Posix.OCreate | Posix.OExclusive, out var errno, (int)mode)
                ?? throw Posix.Failure("create", temporary, errno))
            {
                if (forFolderOwner && Environment.IsPrivilegedProcess && Posix.LStatFull(folder) is { } owner)
                    Posix.FChown(handle, owner.User, owner.Group, temporary);
                Posix.Write(handle, content, 0, temporary);
                Posix.Sync(handle, temporary);
            }

            Posix.RenameOver(temporary, path);
        }
        catch
        {
            Posix.UnlinkQuietly(temporary);
            throw;
        }

        Posix.SyncFolder(folder);
    }

    /// <summary>Reads a whole file; links are followed. Null if there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes it may have.</param>
    /// <param name="stamp">The state that was read: once the file is changed, it has another.</param>
    /// <exception cref="IOException">It cannot be read, is longer, is no regular file, or a link that leads nowhere.</exception>
    public static byte[]? TryRead(string path, int limit, out FileStamp stamp)
    {
        stamp = default;
        using var handle = Posix.TryOpen(path, Posix.OReadOnly | Posix.ONonBlocking, out var errno);
        if (handle is null && errno is Posix.Enoent or Posix.Enotdir)
            return Posix.LStat(path) is { IsLink: true } ? throw new IOException($"'{path}' is a link to a file that is not there") : null;
        if (handle is null)
            throw errno == Posix.Enxio ? new IOException($"'{path}' is no regular file") : Posix.Failure("open", path, errno);
        var status = Posix.FStatFull(handle, path);
        if (!status.IsRegularFile)
            throw new IOException($"'{path}' is no regular file");
        if (status.Size > limit)
            throw new IOException($"'{path}' is longer than {limit} bytes");

        stamp = FileStamp.Of(status);
        var content = new byte[status.Size];
        var length = 0;
        int count;
        while ((count = Posix.Read(handle, content.AsSpan(length), length, path)) > 0)
            length += count;
        return content[..length];
    }
}
