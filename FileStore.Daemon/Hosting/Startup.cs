using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Features;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Options;
using Serilog;

namespace FileStore.Daemon.Hosting;

/// <summary>The steps of a start that can fail. Each throws <see cref="StartException"/> with a message for the user.</summary>
internal sealed class Startup(DaemonOptions options, ILogger log, TimeProvider time)
{
    internal void RequireNotRunning()
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

    internal FileLock TakePidFile()
    {
        try
        {
            Directories.Create(Path.GetDirectoryName(options.PidFile)!);
            return FileLock.TryAcquire(options.PidFile, removeOnRelease: true) ?? throw AlreadyRunning(FileLock.HolderOf(options.PidFile) ?? default);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the PID file cannot be written: {e.Message}");
        }
    }

    internal AccessTokens ReadTokens()
    {
        try
        {
            return new AccessTokens(options.TokenFile, log, time);
        }
        catch (TokenFileException e)
        {
            throw new StartException(e.Message);
        }
    }

    /// <summary>Opens the ports. If one is taken, perhaps because this very daemon runs by now, the message says so.</summary>
    internal async Task<Engines> ListenAsync(Func<IHttpExchange, Task> handle, AccessLog access)
    {
        try
        {
            return await Engines.StartAsync(options, handle, access, log, time);
        }
        catch (StartException)
        {
            RequireNotRunning();
            throw;
        }
    }

    internal DiskBlobStore OpenStore()
    {
        try
        {
            return DiskBlobStore.Open(options.DiskStore, log);
        }
        catch (StoreOpenException e)
        {
            throw new StartException(e.Message);
        }
    }

    /// <summary>Risks that the user may not know of: each a sentence.</summary>
    /// <param name="url">The daemon's URL.</param>
    /// <param name="tokens">The access tokens.</param>
    internal IEnumerable<string> Warnings(string url, AccessTokens tokens)
    {
        if (tokens.IsOpen)
            yield return $"there are no access tokens: anyone who can reach {url} can read, store and delete";
        if (Environment.IsPrivilegedProcess && FileStamp.Of(options.Home) is { Owner: not 0 } home)
            yield return $"root runs the daemon in a home of user {home.Owner}, who will not be able to change its files";
        var folders = FeatureList.All.SelectMany(feature => feature.DurableFolders(options)).Prepend(options.Store);
        foreach (var folder in options.Durable ? DirectorySync.FindUnsupported(folders) : [])
        {
            yield return $"the file system of {folder} cannot flush folders: a power cut may take the names of files that were stored "
                + "just before, although their uploads were acknowledged";
        }
    }

    private static StartException AlreadyRunning(LockHolder holder) => new($"already running ({holder})");
}
