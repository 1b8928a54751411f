using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Contracts;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>A queue of jobs with a history in a folder of its own, which can be closed and opened again.</summary>
internal sealed class QueueInFolder : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private JobQueue? _queue;

    public LoggedLines Log { get; } = new();

    public MemoryBlobStore Store { get; } = new(HashKind.Sha256);

    public JobQueue Queue => _queue!;

    public string this[string name] => _folder[name];

    public string Journal => this["jobs/journal.jsonl"];

    public static async Task<QueueInFolder> OpenAsync(Func<JobOptions, JobOptions>? change = null, bool start = true)
    {
        var opened = new QueueInFolder();
        await opened.ReopenAsync(change, start);
        return opened;
    }

    /// <summary>Opens it again, as a start after a stop does.</summary>
    public async Task ReopenAsync(Func<JobOptions, JobOptions>? change = null, bool start = true)
    {
        await CloseAsync();
        var options = new JobOptions
        {
            Folder = this["jobs"],
            WorkingDirectory = _folder.Path,
            Durable = false,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
        };
        _queue = await JobQueue.OpenAsync(change?.Invoke(options) ?? options, Store, TimeProvider.System, Log.Logger);
        if (start)
            _queue.Start();
    }

    public async Task<Job> SubmitAsync(JobRequest request) => (await Queue.SubmitAsync(request)).Should().NotBeNull().And.Subject.As<Job>();

    public Task<Job> SubmitAsync(string command) => SubmitAsync(new JobRequest(command));

    /// <summary>Runs a command to its end.</summary>
    public async Task<JobResult> RunAsync(JobRequest request) => await ResultAsync((await SubmitAsync(request)).Id);

    public Task<JobResult> RunAsync(string command) => RunAsync(new JobRequest(command));

    /// <summary>Waits for a job's end.</summary>
    public async Task<JobResult> ResultAsync(long id, int seconds = 20)
    {
        (await Eventually.HoldsAsync(() => Queue.Find(id)!.IsDone, seconds)).Should().BeTrue($"job {id} ends");
        return (await Queue.FindResultAsync(id))!;
    }

    public async Task CloseAsync()
    {
        if (_queue is null)
            return;
        await _queue.StopAsync();
        _queue.Dispose();
        _queue = null;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Dispose();
    }
}
