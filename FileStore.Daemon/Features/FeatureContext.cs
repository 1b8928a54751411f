using System.Diagnostics.Metrics;
using FileStore.Core.Blobs;
using FileStore.Core.Names;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Options;
using Serilog;

namespace FileStore.Daemon.Features;

/// <summary>What the host gives to features when they open.</summary>
/// <param name="Options">The options of the daemon and of all features.</param>
/// <param name="Store">The store, with the names of its files.</param>
/// <param name="Links">Signs links.</param>
/// <param name="StoreMetrics">Counts the store's changes.</param>
/// <param name="Scratch">A folder for unnamed temporary files, on the store's file system.</param>
/// <param name="Background">Runs work that goes on after its response.</param>
/// <param name="Meter">The meter of the daemon's metrics; the host disposes it.</param>
/// <param name="IsAccessOpen">Whether there are no access tokens, so that anyone may do everything.</param>
/// <param name="Stop">Begins a clean stop of the daemon, for a reason that the log shows.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">The log.</param>
internal sealed record FeatureContext(
    DaemonOptions Options, NamedBlobStore Store, SignedLinks Links, BlobMetrics StoreMetrics, string Scratch, BackgroundWork Background, Meter Meter, bool IsAccessOpen,
    Action<string> Stop, TimeProvider Time, ILogger Log)
{
    /// <summary>Warnings that the start of the daemon shows: each a sentence.</summary>
    internal List<string> Warnings { get; } = [];
}
