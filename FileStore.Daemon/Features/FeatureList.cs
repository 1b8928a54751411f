using FileStore.Daemon.Features.Blobs;
using FileStore.Daemon.Features.Exports;
using FileStore.Daemon.Features.Jobs;
using FileStore.Daemon.Features.Names;
using FileStore.Daemon.Features.Operations;
using FileStore.Daemon.Features.Relay;
using FileStore.Daemon.Features.Tasks;

namespace FileStore.Daemon.Features;

/// <summary>The features of the program. They open in this order and close in the reverse order.</summary>
internal static class FeatureList
{
    internal static readonly IFeature[] All =
    [
        new BlobsFeature(),
        new NamesFeature(),
        new ExportsFeature(),
        new JobsFeature(),
        new RelayFeature(),
        new TasksFeature(),
        new OperationsFeature(),
    ];
}
