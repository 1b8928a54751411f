using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Tasks;

/// <summary>The reports cannot be read or recorded, so none is acknowledged.</summary>
public sealed class ReportsException(Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>Whether there is no room on the disk, or in the file of the record.</summary>
    public bool IsDiskFull { get; } = DiskFaults.IsNoRoom(inner);

    /// <summary>Translates an exception of the file system; null if it is another one.</summary>
    internal static ReportsException? From(Exception e) => DiskFaults.Of(e) is null ? null : new(e);
}

/// <summary>A part of the list of reports.</summary>
/// <param name="Reports">The reports, the newest first.</param>
/// <param name="Total">How many there are in all.</param>
public sealed record ReportPage(IReadOnlyList<Report> Reports, int Total);

/// <summary>
/// Every report that was acknowledged: a line each in <c>reports.jsonl</c>, which is made with the first. In memory is only
/// where lines begin. Who takes the file away, or puts another in its place, need not stop the daemon: each request sees
/// the file that is there. Members may be called from any number of threads.
/// </summary>
public sealed class ReportLog : IDisposable
{
    // One does everything, so that nothing has to be kept from another.
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

    /// <summary>Why <see cref="Open"/> would fail, as far as a look can tell; null if it would not.</summary>
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

    /// <summary>Opens them, if there are any yet.</summary>
    /// <param name="directory">Where they are kept, absolute.</param>
    /// <param name="durable">Whether one that was added survives a loss of power.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="ReportsException">They cannot be opened.</exception>
    public static ReportLog Open(string directory, bool durable, ILogger log)
    {
        var reports = new ReportLog(directory, durable, log);
        reports.RunBlockingAsync(reports.FindJournal).GetAwaiter().GetResult();
        return reports;
    }

    /// <summary>Records a report. When it returns, the report is there.</summary>
    /// <exception cref="ReportsException">It could not be recorded, and is not there.</exception>
    public Task AddAsync(Report report) => RunBlockingAsync(() =>
    {
        var journal = FindJournal() ?? OpenJournal();
        _lines.Add(journal.Append([report.ToLine()], flush: true));
        return true;
    });

    /// <summary>A page of the reports, the newest first.</summary>
    /// <param name="offset">How many to leave out, 0 or more.</param>
    /// <param name="limit">How many at most, 1 or more.</param>
    /// <exception cref="ReportsException">They cannot be read.</exception>
    public Task<ReportPage> ListAsync(int offset, int limit) => RunBlockingAsync(() =>
    {
        var journal = FindJournal();
        var end = _lines.Count - offset;
        if (journal is null || end <= 0)
            return new ReportPage([], _lines.Count);
        // A page is one piece of the file, so it is read once.
        var from = _lines[Math.Max(0, end - limit)];
        var to = end < _lines.Count ? _lines[end] : journal.Length;
        return new ReportPage([.. journal.Read(from, to, Report.TryParse).Reverse()], _lines.Count);
    });

    /// <summary>Closes them, once what is being recorded has been.</summary>
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

    /// <summary>The journal that is there; null if there is none.</summary>
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
            _log.Warning("the record of reports has {Count} damaged lines, which are passed over", _journal.DamagedLines);
        return _journal;
    }

    private static bool JournalExists(string directory) => Posix.StatFull(directory) is not null
        && (Directory.Exists(directory) ? Posix.StatFull(PathIn(directory)) is not null : throw new IOException($"'{directory}' is no folder"));

    private static string PathIn(string directory) => Path.Join(directory, "reports.jsonl");

    private void Close()
    {
        _journal?.Dispose();
        _journal = null;
        _lines.Clear();
    }
}
