using System.Text;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// The log's file: <c>server.log</c> is the current one, <c>server.log.1</c> the newest of the older ones. (Serilog's own
/// rolling file numbers the other way round.) If the disk is full, lines are lost and the daemon goes on: it tries again, and
/// then logs how many were lost. A pipe or a terminal is never renamed.
/// </summary>
internal sealed class RotatingLogFile : IDisposable
{
    internal const long MaxSize = 10_000_000;
    internal const int Kept = 10;

    private const int PieceSize = 64 << 10; // bytes written at once, by which a file may exceed its limit

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private AppendFile? _file;
    private long _lost;
    private long? _failedAt;

    /// <exception cref="IOException">The file cannot be opened, for another reason than a full disk.</exception>
    /// <exception cref="UnauthorizedAccessException">Its folder cannot be created.</exception>
    internal RotatingLogFile(string path, TimeProvider time)
    {
        (_path, _time) = (path, time);
        try
        {
            _file = Open();
        }
        catch (IOException e) when (DiskFaults.Of(e) == DiskFault.NoSpace)
        {
            _failedAt = _time.GetTimestamp();
        }
    }

    /// <summary>Called with each file that is opened.</summary>
    internal Action<AppendFile>? Opened { get; set; }

    /// <summary>Writes whole lines (UTF-8), or loses them. The lines of an exception may be split between two files.</summary>
    internal void Append(ReadOnlySpan<byte> lines)
    {
        lock (_gate)
        {
            while (lines.Length > 0)
            {
                var end = lines[..Math.Min(lines.Length, PieceSize)].LastIndexOf((byte)'\n');
                if (end < 0)
                    end = lines.IndexOf((byte)'\n');
                var piece = end < 0 ? lines : lines[..(end + 1)];
                if (!TryOpen() || !TryWrite(piece))
                    _lost += piece.Count((byte)'\n');
                RotateAt(MaxSize);
                lines = lines[piece.Length..];
            }
        }
    }

    /// <summary>Opens the file by its name again, after logrotate or a user has moved it.</summary>
    internal void Reopen()
    {
        lock (_gate)
        {
            Close();
            TryOpen();
        }
    }

    public void Dispose()
    {
        lock (_gate)
            Close();
    }

    private bool TryWrite(ReadOnlySpan<byte> lines, bool rotates = true)
    {
        try
        {
            if (_lost > 0)
                _file!.Write(Encoding.UTF8.GetBytes($"({_lost} lines of the log were lost: it could not be written)\n"));
            _lost = 0;
            _file!.Write(lines);
            return true;
        }
        catch (IOException e) when (DiskFaults.Of(e) == DiskFault.FileTooLarge && rotates && _file!.Length > 0)
        {
            RotateAt(0); // the system's limit for files is below ours
            return _file is not null && TryWrite(lines, rotates: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail();
            return false;
        }
    }

    private void RotateAt(long size)
    {
        try
        {
            if (_file is null || _file.Length < size)
                return;
            Close();
            for (var number = Kept - 1; number >= 0; number--)
            {
                var from = number == 0 ? _path : $"{_path}.{number}";
                if (File.Exists(from))
                    File.Move(from, $"{_path}.{number + 1}", overwrite: true);
            }

            _file = Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail();
        }
    }

    private bool TryOpen()
    {
        if (_file is not null)
            return true;
        if (_failedAt is { } failedAt && _time.GetElapsedTime(failedAt) < RetryAfter)
            return false;
        try
        {
            _file = Open();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail();
            return false;
        }
    }

    private AppendFile Open()
    {
        Directories.Create(Path.GetDirectoryName(_path)!);
        var file = AppendFile.Open(_path);
        Opened?.Invoke(file);
        return file;
    }

    private void Fail()
    {
        _failedAt = _time.GetTimestamp();
        Close();
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
