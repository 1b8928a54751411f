using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Tasks;

/// <summary>The reports cannot be read or recorded, so no report was acknowledged.</summary>
public sealed class ReportsException(Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>Whether the disk is full, or the file may not grow further.</summary>
    public bool IsDiskFull { get; } = DiskFaults.IsNoRoom(inner);

    /// <summary>Translates an exception of the file system; null if it is another one.</summary>
    internal static ReportsException? From(Exception e) => DiskFaults.Of(e) is null ? null : new(e);
}

/// <summary>A page of the list of reports.</summary>
/// <param name="Reports">The reports, newest first.</param>
/// <param name="Total">The number of all reports.</param>
public sealed record ReportPage(IReadOnlyList<Report> Reports, int Total);

/// <summary>
/// All acknowledged reports, one line each in <c>reports.jsonl</c>, which is created with the first one. Memory holds only
/// the offsets of lines. The file may be removed or replaced while the daemon runs: each request uses the file that exists.
/// Members may be called from any number of threads.
/// </summary>
public sealed class ReportLog : IDisposable
{
    // A single thread does everything, so nothing needs a lock.
    private readonly BlockingThreadPool _thread = new(1);
    private readonly List<long> _lines = [];
    private readonly string _directory;
    private readonly bool _durable;
    private readonly ILogger _log;
    private LineJournal? _journal;

    private ReportLog(string directory, bool durable, ILogger log)
    {
        _directory = directory;
        _durable = durable;
        _log = log;
    }

    /// <summary>
    /// Checks, without changing anything, whether <see cref="Open"/> would succeed. Returns what is wrong; null if nothing
    /// is.
    /// </summary>
    public static string? Validate(string directory)
    {
        try
        {
            if (JournalExists(directory))
                AppendFile.Open(PathIn(directory)).Dispose();
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    /// <summary>Opens the log, if it exists. The caller disposes it.</summary>
    /// <param name="directory">The directory, absolute.</param>
    /// <param name="durable">Whether an added report survives a power failure.</param>
    /// <param name="log">The daemon's log.</param>
    /// <exception cref="ReportsException">It cannot be opened.</exception>
    public static ReportLog Open(string directory, bool durable, ILogger log)
    {
        var reports = new ReportLog(directory, durable, log);
        reports.RunBlockingAsync(reports.FindJournal).GetAwaiter().GetResult();
        return reports;
    }

    /// <summary>Records a report.</summary>
    /// <exception cref="ReportsException">It could not be recorded.</exception>
    public Task AddAsync(Report report) => RunBlockingAsync(() =>
    {
        var journal = FindJournal() ?? OpenJournal();
        _lines.Add(journal.Append([report.ToLine()], flush: true));
        return true;
    });

    /// <summary>Returns a page of the reports, newest first.</summary>
    /// <param name="offset">How many to skip, 0 or more.</param>
    /// <param name="limit">The most reports on the page, 1 or more.</param>
    /// <exception cref="ReportsException">They cannot be read.</exception>
    public Task<ReportPage> ListAsync(int offset, int limit) => RunBlockingAsync(() =>
    {
        var journal = FindJournal();
        var end = _lines.Count - offset;
        if (journal is null || end <= 0)
            return new ReportPage([], _lines.Count);
        // The lines of a page are contiguous, so one read suffices.
        var from = _lines[Math.Max(0, end - limit)];
        var to = end < _lines.Count ? _lines[end] : journal.Length;
        return new ReportPage([.. journal.Read(from, to, Report.TryParse).Reverse()], _lines.Count);
    });

    /// <summary>Closes the log after pending writes.</summary>
    public void Dispose()
    {
        _thread.RunAsync(() =>
        {
            Close();
            return true;
        }).GetAwaiter().GetResult();
        _thread.Dispose();
    }

    private Task<T> RunBlockingAsync<T>(Func<T> work) => _thread.RunAsync(() => IoErrors.Translate(work, ReportsException.From));

    /// <summary>The current journal; null if there is none.</summary>
    private LineJournal? FindJournal()
    {
        if (_journal is { IsUnchanged: true })
            return _journal;
        Close();
        return JournalExists(_directory) ? OpenJournal() : null;
    }

    private LineJournal OpenJournal()
    {
        _journal = new LineJournal(PathIn(_directory), _durable);
        try
        {
            _lines.AddRange(_journal.ReadAll(Report.TryParse).Select(line => line.Offset));
        }
        catch
        {
            Close();
            throw;
        }

        if (_journal.DamagedLines > 0)
            _log.Warning("the report log has {Count} damaged lines, which are skipped", _journal.DamagedLines);
        return _journal;
    }

    private static bool JournalExists(string directory) => Posix.StatFull(directory) is not null
        && (Directory.Exists(directory) ? Posix.StatFull(PathIn(directory)) is not null : throw new IOException($"'{directory}' is not a directory"));

    private static string PathIn(string directory) => Path.Join(directory, "reports.jsonl");

    private void Close()
    {
        _journal?.Dispose();
        _journal = null;
        _lines.Clear();
    }
}
