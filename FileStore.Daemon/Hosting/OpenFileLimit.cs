using FileStore.Daemon.Options;

namespace FileStore.Daemon.Hosting;

/// <summary>Whether a process may open as many files as it needs. The runtime ends one that it cannot load code for.</summary>
internal static class OpenFileLimit
{
    private const int LeastOfAll = 64; // of a verb that starts nothing
    private const int Least = 256; // 160 once a daemon has started, and those of its clients

    /// <summary>Whether not even a message could be written in the usual way; it has been written then.</summary>
    internal static bool IsHopeless()
    {
        if (ProcessControl.MaxOpenFiles() >= LeastOfAll)
            return false;
        ProcessControl.WriteError("filestore: this process may open too few files; raise the limit to 256 at least (ulimit -n, LimitNOFILE=)\n"u8);
        return true;
    }

    /// <exception cref="StartException">A daemon could not run.</exception>
    internal static void Require()
    {
        if (ProcessControl.MaxOpenFiles() is var limit && limit < Least)
            throw new StartException($"the daemon may open {limit} files, and needs {Least} at least: raise the limit (ulimit -n, LimitNOFILE=)");
    }
}
