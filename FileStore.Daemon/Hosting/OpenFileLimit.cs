using FileStore.Daemon.Options;

namespace FileStore.Daemon.Hosting;

/// <summary>Checks that the process may open enough files. The runtime ends a process that it cannot load code for.</summary>
internal static class OpenFileLimit
{
    private const int MinOfVerb = 64; // of a verb that starts nothing
    private const int MinOfDaemon = 256; // 160 for a daemon that has started, and those of its clients

    /// <summary>Whether not even a message can be written in the usual way; then this has written it.</summary>
    internal static bool IsHopeless()
    {
        if (ProcessControl.MaxOpenFiles() >= MinOfVerb)
            return false;
        ProcessControl.WriteError("filestore: this process may open too few files; raise the limit to 256 at least (ulimit -n, LimitNOFILE=)\n"u8);
        return true;
    }

    /// <exception cref="StartException">The limit is too low for a daemon.</exception>
    internal static void Require()
    {
        if (ProcessControl.MaxOpenFiles() is var limit && limit < MinOfDaemon)
            throw new StartException($"the daemon may open {limit} files, and needs {MinOfDaemon} at least: raise the limit (ulimit -n, LimitNOFILE=)");
    }
}
