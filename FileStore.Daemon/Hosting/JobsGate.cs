using System.Net;
using FileStore.Core.Processes;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Whether commands may be taken from clients at all: only from those who show a token, or who are on this machine anyway.
/// </summary>
internal static class JobsGate
{
    /// <exception cref="StartException">Jobs are on, and anybody could send them; or there is nothing to run them with.</exception>
    /// <exception cref="TokenFileException">The tokens cannot be read.</exception>
    internal static void Require(DaemonOptions options)
    {
        if (!options.JobsEnabled)
            return;
        if (!ProgramStart.IsExecutable(options.JobOptions.Shell))
            throw new StartException($"jobs.shell: {options.JobOptions.Shell} is no program");
        if (ProgramStart.Validate() is { } missing)
            throw new StartException($"--jobs: {missing}");
        var isLoopback = ListenAddresses.Resolve(options.Host, options.Port).All(endPoint => IPAddress.IsLoopback(endPoint.Address));
        if (!isLoopback && TokenFile.Read(options.TokenFile) is null)
        {
            throw new StartException($"--jobs: whoever reaches {options.Host} could run commands on this machine: "
                + "make an access token first (filestore token add NAME --scope jobs), or listen on this machine alone (--host 127.0.0.1)");
        }
    }
}
