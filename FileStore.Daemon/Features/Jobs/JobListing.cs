using FileStore.Core.Jobs;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Jobs;

/// <summary>The parameters of the three lists of jobs.</summary>
internal static class JobListing
{
    private const int MaxLimit = 10_000;

    /// <summary>The parameters.</summary>
    internal static readonly string[] Names = ["q", "command", "done", "exit_code", "created_after", "created_before", "limit", "offset", "sort"];

    private static readonly Dictionary<string, JobOrder> Orders = new()
    {
        ["created"] = JobOrder.Created,
        ["command"] = JobOrder.Command,
        ["completed"] = JobOrder.Completed,
        ["duration"] = JobOrder.Duration,
        ["exit_code"] = JobOrder.ExitCode,
    };

    /// <exception cref="ProblemException">400: a parameter has no value that it could have.</exception>
    internal static JobSearch Parse(Request request)
    {
        var search = new JobSearch();
        foreach (var (name, value) in request.Target?.Parameters ?? [])
            search = Add(search, name, value);
        return search;
    }

    private static JobSearch Add(JobSearch search, string name, string value) => name switch
    {
        "q" => search with { Text = value },
        "command" => search with { Command = value },
        "done" => search with { IsDone = Parameters.Switch(name, value) },
        "exit_code" => search with { ExitCode = Parameters.Number(name, value, 0, int.MaxValue) },
        "created_after" => search with { CreatedAfter = Time(name, value) },
        "created_before" => search with { CreatedBefore = Time(name, value) },
        "limit" => search with { Limit = Parameters.Number(name, value, 1, MaxLimit) },
        "offset" => search with { Offset = Parameters.Number(name, value, 0, int.MaxValue) },
        "sort" => search with
        {
            IsDescending = value.StartsWith('-'),
            Order = Orders.TryGetValue(value.StartsWith('-') ? value[1..] : value, out var order)
                ? order
                : throw Parameters.Wrong(name, $"one of {string.Join(", ", Orders.Keys)}, with '-' in front for the other direction"),
        },
        _ => search, // the route has refused it
    };

    private static DateTimeOffset Time(string name, string value) => TimeParameter.TryParse(value, out var time)
        ? time
        : throw Parameters.Wrong(name, "a time such as 2016-08-09T18:31:42.201Z (a '+' of its zone is written %2B)");
}
