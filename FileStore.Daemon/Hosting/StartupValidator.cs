using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Features;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Hosting;

/// <summary>Finds the reasons why the daemon cannot start. It looks at the disk, starts nothing and changes nothing.</summary>
internal static class StartupValidator
{
    /// <exception cref="OptionsException">The daemon cannot start; it lists all the reasons.</exception>
    internal static void RequireValid(DaemonOptions options)
    {
        string?[] faults =
        [
            FaultOf(OpenFileLimit.Require),
            FaultOf(() => FileLock.HolderOf(options.PidFile)),
            FaultOf(() => ListenAddresses.Resolve(options.Host, options.Port)),
            FaultOf(() => Engines.Certificate(options)),
            FaultOf(() => TokenFile.Read(options.TokenFile)),
        ];
        if (faults.OfType<string>().Concat(StorageFaults(options)).ToArray() is { Length: > 0 } found)
            throw new OptionsException(found);
    }

    /// <summary>The reasons that the store and the features have.</summary>
    internal static IEnumerable<string> StorageFaults(DaemonOptions options)
    {
        string? found = null;
        if ((FaultOf(() => found = DiskBlobStore.Validate(options.DiskStore)) ?? found) is { } fault)
            yield return fault;
        foreach (var other in FeatureList.All.SelectMany(feature => feature.Validate(options)))
            yield return other;
    }

    private static string? FaultOf(Action look)
    {
        try
        {
            look();
            return null;
        }
        catch (Exception e) when (e is StoreOpenException or StartException or TokenFileException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
