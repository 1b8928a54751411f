using FileStore.Core.Jobs;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Jobs;

/// <summary>The options of jobs.</summary>
internal sealed record JobSettings(JobOptions Queue)
{
    internal static readonly OptionDefinition[] Definitions =
    [
        new("jobs", (o, text) => o.With(Of(o) with { IsEnabled = OptionText.Switch(text) }), OptionKind.Switch, "jobs.enabled"),
        OfQueue("max-concurrent", (queue, text, _) => queue with { MaxConcurrent = (int)OptionText.Number(text, 1, 1000) }, OptionKind.Number),
        OfQueue("max-queued", (queue, text, _) => queue with { MaxQueued = (int)OptionText.Number(text, 1, 1_000_000) }, OptionKind.Number),
        OfQueue("timeout", (queue, text, _) => queue with { Timeout = OptionText.Duration(text) }, OptionKind.Number),
        OfQueue("max-output", (queue, text, _) => queue with { MaxOutput = OptionText.Size(text, 0, 100_000_000) }, OptionKind.Number),
        OfQueue("shell", (queue, text, options) => queue with { Shell = OptionText.FilePath(text, options) }),
    ];

    /// <summary>Whether clients may run commands on this machine.</summary>
    public bool IsEnabled { get; init; }

    internal static JobSettings Of(DaemonOptions options) => options.Find<JobSettings>()
        ?? new JobSettings(new JobOptions { Folder = options.Absolute("jobs"), WorkingDirectory = options.Home });

    private static OptionDefinition OfQueue(string name, Func<JobOptions, string, DaemonOptions, JobOptions> apply, OptionKind kind = OptionKind.Text) =>
        OptionDefinition.InSection("jobs", name, (o, text) => o.With(Of(o) with { Queue = apply(Of(o).Queue, text, o) }), kind);
}
