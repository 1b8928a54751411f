using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>The journal's file. It is only ever added to, and now and then replaced by a shorter one that says the same.</summary>
internal sealed class JobJournal : IDisposable
{
    private readonly string _path;
    private readonly bool _durable;
    private AppendFile? _file;
    private bool _endsInALine;

    /// <summary>Opens it, or makes it.</summary>
    /// <exception cref="IOException">It cannot be opened or made.</exception>
    internal JobJournal(string path, bool durable)
    {
        _path = path;
        _durable = durable;
        if (Posix.StatusOf(path) is null)
            DurableFile.Replace(path, new JournalLine(JournalLine.Next, 1).ToBytes(), JobHistory.OwnersFile);
        _file = AppendFile.Open(path);
        using var reader = File.OpenRead(path);
        _endsInALine = reader.Length == 0 || (reader.Seek(-1, SeekOrigin.End) >= 0 && reader.ReadByte() == '\n');
    }

    /// <summary>Lines that it has, damaged ones too.</summary>
    internal int Lines { get; private set; }

    /// <summary>Those of them that <see cref="Read"/> has passed over: torn by a crash, or spoilt by a disk.</summary>
    internal int DamagedLines { get; private set; }

    /// <summary>All lines from the beginning. To be called once.</summary>
    internal IEnumerable<JournalLine> Read()
    {
        foreach (var text in File.ReadLines(_path).Where(text => text.Length > 0))
        {
            Lines++;
            if (JournalLine.TryParse(text) is { } line)
                yield return line;
            else
                DamagedLines++;
        }
    }

    /// <summary>Adds lines, all or none of them.</summary>
    /// <param name="lines">The lines with their ends.</param>
    /// <param name="flush">Whether they are to survive a loss of power.</param>
    /// <exception cref="IOException">They could not be written.</exception>
    /// <returns>How many lines there are now.</returns>
    internal int Append(IReadOnlyCollection<byte[]> lines, bool flush)
    {
        var file = _file ??= AppendFile.Open(_path);
        var length = file.Length;
        try
        {
            file.Write(Joined(_endsInALine ? lines : ["\n"u8.ToArray(), .. lines]));
            if (flush && _durable)
                Posix.Sync(file.Handle, _path);
            _endsInALine = true;
            return Lines += lines.Count;
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
        DurableFile.Replace(_path, Joined(lines), JobHistory.OwnersFile);
        _endsInALine = true;
        return Lines = lines.Count;
    }

    public void Dispose() => _file?.Dispose();

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
            RandomAccess.SetLength(file.Handle, length);
        }
        catch (IOException)
        {
            _endsInALine = false; // for all we know
        }
    }
}
