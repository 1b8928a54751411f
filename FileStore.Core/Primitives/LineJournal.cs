namespace FileStore.Core.Primitives;

/// <summary>
/// An append-only file of lines in a directory that it locks. Now and then it is replaced by a shorter file with the same
/// meaning. A line that is torn by a crash or damaged by the disk is lost alone. Not thread-safe. The caller disposes it.
/// </summary>
internal sealed class LineJournal : IDisposable
{
    internal const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    internal const UnixFileMode OwnerOnlyDirectory = OwnerOnlyFile | UnixFileMode.UserExecute;

    private readonly string _path;
    private readonly bool _durable;
    private readonly DirectoryLock _lock;
    private AppendFile? _file;
    private Posix.FileStatus _status;
    private bool _endsWithNewline;

    /// <summary>Opens the journal, or creates it and its directory with access for the owner only.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <param name="durable">Whether lines can be flushed.</param>
    /// <param name="initialLines">The content of a new journal: whole lines.</param>
    /// <exception cref="IOException">It cannot be opened or created, or another process uses its directory.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    internal LineJournal(string path, bool durable, ReadOnlySpan<byte> initialLines = default)
    {
        _path = path;
        _durable = durable;
        var directory = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(directory))
        {
            Directories.Create(directory, OwnerOnlyDirectory);
            if (durable)
                Posix.SyncDirectory(Path.GetDirectoryName(directory)!);
        }

        _lock = DirectoryLock.TryAcquire(directory, TimeSpan.Zero) ?? throw new IOException($"another process uses '{directory}'");
        try
        {
            if (Posix.StatFull(path) is not { } status)
                DurableFile.Replace(path, initialLines, OwnerOnlyFile);
            else if (!status.IsRegularFile)
                throw new IOException($"'{path}' is not a regular file");
            _file = AppendFile.Open(path);
            using var reader = File.OpenRead(path);
            _endsWithNewline = reader.Length == 0 || (reader.Seek(-1, SeekOrigin.End) >= 0 && reader.ReadByte() == '\n');
            _status = Posix.FStat(_file.Handle, path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The number of lines, including damaged ones.</summary>
    internal int Lines { get; private set; }

    /// <summary>How many of them <see cref="ReadAll"/> has skipped as damaged.</summary>
    internal int DamagedLines { get; private set; }

    /// <summary>The length in bytes.</summary>
    internal long Length => _status.Size;

    /// <summary>Whether the path is still the file that was opened, changed by this instance only.</summary>
    /// <exception cref="IOException">The file cannot be examined.</exception>
    internal bool IsUnchanged => Posix.StatFull(_path) is { } now
        && (now.Device, now.Inode, now.Size) == (_status.Device, _status.Inode, _status.Size);

    /// <summary>Reads all lines, each with its offset in bytes. To be called once.</summary>
    /// <param name="parse">Parses a line; null if it is damaged.</param>
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

    /// <summary>Reads the lines between two offsets, skipping damaged ones.</summary>
    internal IEnumerable<T> Read<T>(long from, long to, Func<ReadOnlySpan<byte>, T?> parse) where T : class =>
        LineReader.Read(_path, from, to).Select(line => parse(line.Text.Span)).OfType<T>();

    /// <summary>Appends lines, all or none.</summary>
    /// <param name="lines">The lines with their newlines.</param>
    /// <param name="flush">Whether they must survive a power failure.</param>
    /// <exception cref="IOException">They could not be written.</exception>
    /// <returns>The offset of the first one in bytes.</returns>
    internal long Append(IReadOnlyCollection<byte[]> lines, bool flush)
    {
        var file = _file ??= AppendFile.Open(_path);
        var length = file.Length;
        try
        {
            var begin = _endsWithNewline ? length : length + 1;
            file.Write(Concat(_endsWithNewline ? lines : ["\n"u8.ToArray(), .. lines]));
            if (flush && _durable)
                Posix.Sync(file.Handle, _path);
            _endsWithNewline = true;
            _status = Posix.FStat(file.Handle, _path);
            Lines += lines.Count;
            return begin;
        }
        catch
        {
            Truncate(file, length);
            throw;
        }
    }

    /// <summary>Replaces all lines by others with the same meaning.</summary>
    /// <exception cref="IOException">It failed. The file has either the old lines or the new ones.</exception>
    /// <returns>The new number of lines.</returns>
    internal int Replace(IReadOnlyCollection<byte[]> lines)
    {
        // Whatever fails, the next append must open the file by its name, and not write to a file that has lost it.
        _file?.Dispose();
        _file = null;
        DurableFile.Replace(_path, Concat(lines), OwnerOnlyFile);
        _endsWithNewline = true;
        return Lines = lines.Count;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _lock.Dispose();
    }

    private static byte[] Concat(IReadOnlyCollection<byte[]> lines)
    {
        using var buffer = new MemoryStream();
        foreach (var line in lines)
            buffer.Write(line);
        return buffer.ToArray();
    }

    /// <summary>
    /// Removes lines that could not be written completely: they were not acknowledged, and must not reappear after a
    /// restart.
    /// </summary>
    private void Truncate(AppendFile file, long length)
    {
        try
        {
            Posix.SetLength(file.Handle, length, _path);
        }
        catch (IOException)
        {
            _endsWithNewline = false; // the end of the file is unknown
        }
    }
}
