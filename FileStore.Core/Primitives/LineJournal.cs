namespace FileStore.Core.Primitives;

/// <summary>
/// A file of lines in a folder that nobody else may use at the same time. It is only ever added to, and now and then
/// replaced by a shorter one that says the same. A line that a crash has torn or a disk has spoilt costs itself and no
/// other. Not for several threads at a time. Disposing closes it.
/// </summary>
internal sealed class LineJournal : IDisposable
{
    internal const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    internal const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;

    private readonly string _path;
    private readonly bool _durable;
    private readonly FolderLock _lock;
    private AppendFile? _file;
    private Posix.FileStatus _status;
    private bool _endsInALine;

    /// <summary>Opens it, or makes it and its folder, for their owner alone.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <param name="durable">Whether lines can be flushed.</param>
    /// <param name="first">What a new one begins with, whole lines.</param>
    /// <exception cref="IOException">It cannot be opened or made, or another process uses its folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    internal LineJournal(string path, bool durable, ReadOnlySpan<byte> first = default)
    {
        _path = path;
        _durable = durable;
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            Folder.Make(folder, OwnersFolder);
            if (durable)
                Posix.SyncFolder(Path.GetDirectoryName(folder)!);
        }

        _lock = FolderLock.TryAcquire(folder, TimeSpan.Zero) ?? throw new IOException($"another process uses '{folder}'");
        try
        {
            if (Posix.LStatFull(path) is not { } status)
                DurableFile.Replace(path, first, OwnersFile);
            else if (!status.IsRegularFile)
                throw new IOException($"'{path}' is no regular file");
            _file = AppendFile.Open(path);
            using var reader = File.OpenRead(path);
            _endsInALine = reader.Length == 0 || (reader.Seek(-1, SeekOrigin.End) >= 0 && reader.ReadByte() == '\n');
            _status = Posix.FStat(_file.Handle, path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Lines that it has, damaged ones too.</summary>
    internal int Lines { get; private set; }

    /// <summary>Those of them that <see cref="ReadAll"/> has passed over.</summary>
    internal int DamagedLines { get; private set; }

    /// <summary>Its length in bytes.</summary>
    internal long Length => _status.Size;

    /// <summary>Whether the file of this name is the one that was opened, with what was read and added and nothing else.</summary>
    /// <exception cref="IOException">That cannot be seen.</exception>
    internal bool IsUntouched => Posix.LStatFull(_path) is { } now
        && (now.Device, now.Inode, now.Size) == (_status.Device, _status.Inode, _status.Size);

    /// <summary>All lines from the beginning, each with the place where it begins. To be called once.</summary>
    /// <param name="parse">Makes something of a line; null if it is damaged.</param>
    internal IEnumerable<(long Offset, T Line)> ReadAll<T>(Func<ReadOnlySpan<byte>, T?> parse) where T : class
    {
        foreach (var (offset, text) in LineReader.Read(_path, 0, long.MaxValue))
        {
            Lines++;
            if (parse(text.Span) is { } line)
                yield return (offset, line);
            else
                DamagedLines++;
        }
    }

    /// <summary>The lines between two places, without those that are damaged.</summary>
    internal IEnumerable<T> Read<T>(long from, long to, Func<ReadOnlySpan<byte>, T?> parse) where T : class =>
        LineReader.Read(_path, from, to).Select(line => parse(line.Text.Span)).OfType<T>();

    /// <summary>Adds lines, all or none of them.</summary>
    /// <param name="lines">The lines with their ends.</param>
    /// <param name="flush">Whether they are to survive a loss of power.</param>
    /// <exception cref="IOException">They could not be written.</exception>
    /// <returns>Where the first of them begins.</returns>
    internal long Append(IReadOnlyCollection<byte[]> lines, bool flush)
    {
        var file = _file ??= AppendFile.Open(_path);
        var length = file.Length;
        try
        {
            var begin = _endsInALine ? length : length + 1;
            file.Write(Joined(_endsInALine ? lines : ["\n"u8.ToArray(), .. lines]));
            if (flush && _durable)
                Posix.Sync(file.Handle, _path);
            _endsInALine = true;
            _status = Posix.FStat(file.Handle, _path);
            Lines += lines.Count;
            return begin;
        }
        catch
        {
            TakeBack(file, length);
            throw;
        }
    }

    /// <summary>Puts other lines in the place of all there are, which say the same.</summary>
    /// <exception cref="IOException">It failed, and the old ones stand, or the new ones do.</exception>
    /// <returns>How many lines there are now.</returns>
    internal int Replace(IReadOnlyCollection<byte[]> lines)
    {
        // Whatever fails, the next line goes to the file that has the name then, and never to one that has lost it.
        _file?.Dispose();
        _file = null;
        DurableFile.Replace(_path, Joined(lines), OwnersFile);
        _endsInALine = true;
        return Lines = lines.Count;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _lock.Dispose();
    }

    private static byte[] Joined(IReadOnlyCollection<byte[]> lines)
    {
        using var joined = new MemoryStream();
        foreach (var line in lines)
            joined.Write(line);
        return joined.ToArray();
    }

    /// <summary>Nobody was promised what could not be written whole, so that it should not be found after a restart.</summary>
    private void TakeBack(AppendFile file, long length)
    {
        try
        {
            Posix.SetLength(file.Handle, length, _path);
        }
        catch (IOException)
        {
            _endsInALine = false; // for all we know
        }
    }
}
