using System.Diagnostics.Metrics;
using System.Net;
using FileStore.Core.Jobs;
using FileStore.Core.Processes;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Jobs;

/// <summary>Runs shell commands for clients, and keeps their results.</summary>
internal sealed class JobsFeature : IFeature
{
    public IReadOnlyList<OptionDefinition> Options => JobSettings.Definitions;

    public IEnumerable<string> Validate(DaemonOptions options)
    {
        var settings = JobSettings.Of(options);
        if (!settings.IsEnabled)
            yield break;
        if (!ProgramStart.IsExecutable(settings.Queue.Shell))
            yield return $"jobs.shell: {settings.Queue.Shell} is not a program";
        if (ProgramStart.Validate() is { } missing)
            yield return $"--jobs: {missing}";
        if (!IsLoopback(options) && !HasTokens(options))
        {
            yield return $"--jobs: anyone who can reach {options.Host} could run commands on this machine: "
                + "add an access token first (filestore token add NAME --scope jobs), or listen on this machine alone (--host 127.0.0.1)";
        }
    }

    public IEnumerable<string> DurableFolders(DaemonOptions options) => JobSettings.Of(options) is { IsEnabled: true } settings ? [settings.Queue.Folder] : [];

    public async ValueTask<IOpenFeature> OpenAsync(FeatureContext context)
    {
        var settings = JobSettings.Of(context.Options);
        if (!settings.IsEnabled)
            return new Open(null);
        try
        {
            var options = settings.Queue with { Environment = context.Options.ProgramEnvironment, Durable = context.Options.Durable };
            var jobs = await JobQueue.OpenAsync(options, context.Store, context.Time, context.Log);
            context.Warnings.Add($"jobs are on: clients {(context.IsAccessOpen ? "on this machine" : "with the scope jobs")} may run commands as {Environment.UserName}");
            context.Meter.CreateObservableGauge("filestore_jobs", () => Counts(jobs), description: "Jobs by state.");
            context.Background.Tracker = (name, work) => TrackAsync(jobs, name, work);
            return new Open(jobs);
        }
        catch (JobHistoryException e)
        {
            throw new StartException($"the jobs' history in '{settings.Queue.Folder}' cannot be used: {e.Message}");
        }
    }

    private static bool IsLoopback(DaemonOptions options)
    {
        try
        {
            return ListenAddresses.Resolve(options.Host, options.Port).All(endPoint => IPAddress.IsLoopback(endPoint.Address));
        }
        catch (StartException)
        {
            return true; // reported for itself
        }
    }

    private static bool HasTokens(DaemonOptions options)
    {
        try
        {
            return TokenFile.Read(options.TokenFile) is not null;
        }
        catch (TokenFileException)
        {
            return true; // reported by those who use them
        }
    }

    private static Measurement<long>[] Counts(JobQueue jobs)
    {
        var (waiting, running, done) = jobs.Counts();
        return [Count(waiting, "waiting"), Count(running, "running"), Count(done, "done")];

        static Measurement<long> Count(long count, string state) => new(count, new KeyValuePair<string, object?>("state", state));
    }

    private static async Task TrackAsync(JobQueue jobs, string name, Func<CancellationToken, Task<string>> work)
    {
        try
        {
            await jobs.TrackAsync(name, work);
        }
        catch (JobHistoryException e)
        {
            throw new ProblemException(ProblemOf(e), e);
        }
    }

    private static Problem ProblemOf(JobHistoryException failure) => failure.IsDiskFull
        ? new(507, "there is no room for the jobs' history: its disk is full, or its file as large as the system allows")
        : new(503, "the jobs' history cannot be read or written at the moment", ("Retry-After", "10"));

    private sealed class Open(JobQueue? queue) : IOpenFeature
    {
        public IReadOnlyList<Route> Routes { get; } = RoutesOf(queue);

        public Problem? Map(Exception failure) => failure is JobHistoryException history ? ProblemOf(history) : null;

        public void Start() => queue?.Start();

        public Task StopAsync() => queue?.StopAsync() ?? Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            queue?.Dispose();
            return ValueTask.CompletedTask;
        }

        private static IReadOnlyList<Route> RoutesOf(JobQueue? queue)
        {
            var jobs = new JobsEndpoint(queue);
            var statuses = new StatusesEndpoint(queue);
            var results = new ResultsEndpoint(queue);
            return
            [
                new("POST", "/api/jobs", Scope.Jobs, jobs.SubmitAsync),
                new("GET", "/api/jobs", Scope.Jobs, jobs.ListAsync, Parameters: JobListing.Names),
                new("GET", "/api/jobs/{id}", Scope.Jobs, jobs.ShowAsync),
                new("DELETE", "/api/jobs/{id}", Scope.Jobs, jobs.DeleteAsync),
                new("GET", "/api/statuses", Scope.Jobs, statuses.ListAsync, Parameters: JobListing.Names),
                new("GET", "/api/statuses/{id}", Scope.Jobs, statuses.ShowAsync),
                new("GET", "/api/results", Scope.Jobs, results.ListAsync, Parameters: JobListing.Names),
                new("GET", "/api/results/{id}", Scope.Jobs, results.ShowAsync),
                new("DELETE", "/api/results/{id}", Scope.Jobs, results.DeleteAsync),
            ];
        }
    }
}
