using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;
using Serilog;

namespace FileStore.Core.Exports;

/// <summary>
/// The exported directories, each with a name. Only regular files with a <see cref="PublicName"/> exist here, and links are
/// not followed. Members may be called from any number of threads, and throw <see cref="ExportException"/> if the file
/// system fails.
/// </summary>
public sealed class ExportRoots
{
    // Listing and reading may wait for a disk, so they have threads of their own.
    private const int MaxThreads = 16;

    private readonly IReadOnlyDictionary<string, string> _paths;

    private ExportRoots(IReadOnlyDictionary<string, string> paths) => _paths = paths;

    internal BlockingThreadPool Threads { get; } = new(MaxThreads);

    /// <summary>Opens the exports and deletes unfinished archives of an earlier process.</summary>
    /// <param name="paths">The directories by export name.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="ExportException">A directory cannot be used; the message says which.</exception>
    public static ExportRoots Open(IReadOnlyDictionary<string, string> paths, ILogger log)
    {
        RequireUsable(paths);
        foreach (var (name, path) in paths)
        {
            try
            {
                using var directory = ExportDirectory.Open(path);
                if (directory.DeleteAbandoned(ArchiveName.UnfinishedSuffix) is var removed and > 0)
                    log.Information("removed {Count} unfinished archives from export {Name:l}, which an earlier process left", removed, name);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.Warning("unfinished archives in export {Name:l} could not be removed: {Reason:l}", name, e.Message); // hidden files, so they do no harm
            }
        }

        return new ExportRoots(paths);
    }

    /// <summary>Checks that the directories can be opened. Changes nothing.</summary>
    /// <param name="paths">The directories by export name.</param>
    /// <exception cref="ExportException">A directory cannot be used; the message says which.</exception>
    public static void RequireUsable(IReadOnlyDictionary<string, string> paths)
    {
        foreach (var (name, path) in paths)
        {
            try
            {
                ExportDirectory.Open(path).Dispose();
            }
            catch (IOException e)
            {
                throw new ExportException(DiskFault.Unavailable, $"the export {name} cannot be used: {e.Message}", e);
            }
        }
    }

    /// <summary>Whether there is an export of this name.</summary>
    public bool Contains(string directory) => _paths.ContainsKey(directory);

    /// <summary>Lists the matching files of an export by name.</summary>
    public Task<List<ExportEntry>> ListAsync(string directory, NamePattern pattern) => InAsync(directory, d => d.List(pattern));

    /// <summary>Opens a file, which the caller disposes. Null if it does not exist.</summary>
    public Task<ExportedFile?> OpenAsync(string directory, string name) => InAsync(directory, d =>
    {
        TryOpen(d, name, out var file);
        return file;
    });

    /// <summary>Deletes a file. False if it does not exist.</summary>
    public Task<bool> RemoveAsync(string directory, string name) => InAsync(directory, d => d.TryRemove(name));

    /// <summary>Deletes the matching files of an export.</summary>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="ExportException">A file could not be deleted; the message says how many were.</exception>
    public Task<int> RemoveAsync(string directory, NamePattern pattern) => InAsync(directory, d =>
    {
        var removed = 0;
        foreach (var entry in d.List(pattern))
        {
            try
            {
                removed += d.TryRemove(entry.Name) ? 1 : 0;
            }
            catch (IOException e)
            {
                throw ExportException.From(e, $"{removed} files were deleted, and then '{entry.Name}' could not be: ")!;
            }
        }

        return removed;
    });

    /// <exception cref="KeyNotFoundException">There is no such export.</exception>
    internal ExportDirectory OpenDirectory(string directory) => ExportDirectory.Open(_paths[directory]);

    /// <summary>Opens a file. The returned handle keeps it open; null if it does not exist.</summary>
    internal SafeFileHandle? TryOpen(ExportDirectory directory, string name, out ExportedFile? file)
    {
        var handle = directory.TryOpen(name, out var status);
        file = handle is null ? null : new ExportedFile(handle, status.Size, status.Modified, name, PlainFile.TagOf(status), Threads);
        return handle;
    }

    private Task<T> InAsync<T>(string directory, Func<ExportDirectory, T> work) => Threads.RunAsync(() => IoErrors.Translate(() =>
    {
        using var opened = OpenDirectory(directory);
        return work(opened);
    }, ExportException.From));
}
