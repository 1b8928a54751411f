using FileStore.Core.Blobs;
using FileStore.Core.Exports;
using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Hosting;

/// <summary>How it opens what it stands on, and what its starter should know of that.</summary>
internal sealed partial class DaemonHost
{
    private void RequireNotRunning()
    {
        try
        {
            if (FileLock.HolderOf(options.PidFile) is { } holder)
                throw AlreadyRunning(holder);
        }
        catch (IOException e)
        {
            throw new StartException($"the PID file cannot be used: {e.Message}");
        }
    }

    private FileLock TakePidFile()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(options.PidFile)!);
            return FileLock.TryAcquire(options.PidFile, removeOnRelease: true) ?? throw AlreadyRunning(FileLock.HolderOf(options.PidFile) ?? default);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the PID file cannot be written: {e.Message}");
        }
    }

    private static StartException AlreadyRunning(LockHolder holder) => new($"already running ({holder})");

    /// <summary>What would be found out later, when there are files already that this start has made.</summary>
    private void RequireFiles()
    {
        string?[] faults = [StartupValidator.StoreFault(options), StartupValidator.FaultOf(() => ExportRoots.RequireUsable(options.Exports)), .. TasksGate.FaultsOf(options.Tasks)];
        if (Array.Find(faults, fault => fault is not null) is { } first)
            throw new StartException(first);
    }

    private AccessTokens ReadTokens()
    {
        try
        {
            return new AccessTokens(options.TokenFile, _log, time);
        }
        catch (TokenFileException e)
        {
            throw new StartException(e.Message);
        }
    }

    private ExportRoots OpenExports()
    {
        try
        {
            return ExportRoots.Open(options.Exports, _log);
        }
        catch (ExportException e)
        {
            throw new StartException(e.Message);
        }
    }

    private DiskBlobStore OpenStore()
    {
        try
        {
            return DiskBlobStore.Open(options.DiskStore, _log);
        }
        catch (StoreOpenException e)
        {
            throw new StartException(e.Message);
        }
    }

    private IEnumerable<string> WarnOfOpenAccess(string url, AccessTokens tokens)
    {
        if (tokens.IsOpen)
            yield return $"there are no access tokens: anyone who can reach {url} can read, store and delete";
        if (options.JobsEnabled)
            yield return $"jobs are on: clients {(tokens.IsOpen ? "on this machine" : "with the scope jobs")} may run commands as {Environment.UserName}";
    }

    /// <summary>Whether root writes where somebody else's daemon may have to write later.</summary>
    private IEnumerable<string> WarnOfForeignOwner()
    {
        if (Environment.IsPrivilegedProcess && FileStamp.Of(options.Home) is { Owner: not 0 } home)
            yield return $"root runs the daemon in a home of user {home.Owner}, who will not be able to change the files that it makes";
    }

    private IEnumerable<string> WarnOfUnflushableFolders()
    {
        string?[] folders = [options.Store, options.Jobs?.Folder, options.Tasks.Folder, .. options.Exports.Values];
        foreach (var folder in options.Durable ? DirectorySync.FindUnsupported(folders.OfType<string>()) : [])
        {
            yield return $"the file system of {folder} cannot flush folders: a power cut may take the names of files that were stored "
                + "just before, although their uploads were acknowledged";
        }
    }

    private async Task<JobQueue?> OpenJobsAsync(IBlobStore blobs)
    {
        if (options.Jobs is not { } jobs)
            return null;
        try
        {
            return await JobQueue.OpenAsync(jobs, blobs, time, _log);
        }
        catch (JobHistoryException e)
        {
            throw new StartException($"the jobs' history in '{jobs.Folder}' cannot be used: {e.Message}");
        }
    }
}
