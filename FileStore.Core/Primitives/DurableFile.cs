namespace FileStore.Core.Primitives;

/// <summary>Writes small files so that a reader, a crash or a power cut sees the old text or the new, never a part.</summary>
public static class DurableFile
{
    /// <summary>Replaces a file's content: temporary file beside it, fsync, rename, fsync of the folder.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="mode">Permission bits for a new file, less the umask.</param>
    /// <exception cref="IOException">A step failed; the old content stands and nothing is left behind.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            Posix.TryUnlink(temporary);
            using (var handle = Posix.TryOpen(temporary, Posix.ReadWrite | Posix.Create | Posix.Exclusive, out var errno, (int)mode)
                ?? throw Posix.Failure("create", temporary, errno))
            {
                RandomAccess.Write(handle, content, 0);
                Posix.Sync(handle, temporary);
            }

            Posix.RenameOver(temporary, path);
        }
        catch
        {
            Posix.Discard(temporary);
            throw;
        }

        Posix.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
