namespace FileStore.Daemon.Options;

/// <summary>The daemon cannot start. The message is for the person at the terminal.</summary>
internal sealed class StartException(string message) : Exception(message)
{
    /// <summary>The daemon that a command was to restart has ended by itself.</summary>
    internal static StartException DaemonHasEnded() => new("the daemon has ended; run 'filestore start'");
}
