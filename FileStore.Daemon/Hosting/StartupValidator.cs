using FileStore.Core.Blobs;
using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Hosting;

/// <summary>What a start would find, without starting anything: nothing is changed.</summary>
internal static class StartupValidator
{
    /// <exception cref="OptionsException">A start would be refused; all the reasons.</exception>
    internal static void RequireValid(DaemonOptions options)
    {
        string?[] faults =
        [
            StoreFault(options),
            FaultOf(() => FileLock.HolderOf(options.PidFile)),
            FaultOf(() => Engines.Certificate(options)),
            FaultOf(() => ExportRoots.RequireUsable(options.Exports)),
            FaultOf(() => TokenFile.Read(options.TokenFile)),
            FaultOf(() => JobsGate.Require(options)),
            FaultOf(() => RelayGate.Require(options.Relay)),
            .. TasksGate.FaultsOf(options.Tasks),
        ];
        if (faults.OfType<string>().ToArray() is { Length: > 0 } found)
            throw new OptionsException(found);
    }

    internal static string? StoreFault(DaemonOptions options)
    {
        string? found = null;
        return FaultOf(() => found = DiskBlobStore.Validate(options.DiskStore)) ?? found;
    }

    internal static string? FaultOf(Action look)
    {
        try
        {
            look();
            return null;
        }
        catch (Exception e) when (e is StoreOpenException or StartException or TokenFileException or ExportException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
