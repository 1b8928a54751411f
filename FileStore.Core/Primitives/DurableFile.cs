namespace FileStore.Core.Primitives;

/// <summary>
/// Small files that are written atomically: readers, and the next start after a crash or power failure, see the old content
/// or the new, never a part.
/// </summary>
public static class DurableFile
{
    /// <summary>Replaces a file: writes a temporary file beside it, flushes it, renames it and flushes the directory.</summary>
    /// <param name="path">The file. Its directory must exist.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="mode">Permission bits of the new file, less the umask.</param>
    /// <param name="forDirectoryOwner">
    /// Whether root gives the file to the owner of the directory. (Other users cannot change owners.)
    /// </param>
    /// <exception cref="IOException">A step failed. The old content stands and nothing is left behind.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode, bool forDirectoryOwner = false)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            Posix.TryUnlink(temporary);
            using (var handle = Posix.TryOpen(temporary, Posix.OReadWrite | Posix.OCreate | Posix.OExclusive, out var errno, (int)mode)
                ?? throw Posix.Failure("create", temporary, errno))
            {
                if (forDirectoryOwner && Environment.IsPrivilegedProcess && Posix.StatFull(directory) is { } owner)
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

        Posix.SyncDirectory(directory);
    }

    /// <summary>Reads a whole file, following links.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <param name="stamp">The state of the file that was read. It differs once the file changes.</param>
    /// <returns>The content; null if the file does not exist.</returns>
    /// <exception cref="IOException">
    /// The file cannot be read, is longer than <paramref name="limit"/>, is not a regular file, or is a dangling link.
    /// </exception>
    public static byte[]? TryRead(string path, int limit, out FileStamp stamp)
    {
        stamp = default;
        using var handle = Posix.TryOpen(path, Posix.OReadOnly | Posix.ONonBlocking, out var errno);
        if (handle is null && errno is Posix.Enoent or Posix.Enotdir)
            return Posix.LStat(path) is { IsLink: true } ? throw new IOException($"'{path}' is a dangling link") : null;
        if (handle is null)
            throw errno == Posix.Enxio ? new IOException($"'{path}' is not a regular file") : Posix.Failure("open", path, errno);
        var status = Posix.FStatFull(handle, path);
        if (!status.IsRegularFile)
            throw new IOException($"'{path}' is not a regular file");
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
