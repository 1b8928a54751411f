using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;
using Serilog;

namespace FileStore.Core.Exports;

/// <summary>
/// The directories that are published, each under a name. Members may be called from any number of threads, and throw
/// <see cref="ExportException"/> where the file system stands in the way. What they say of files holds for regular files
/// with a <see cref="PublicName"/>: there are no others here, and links are not followed.
/// </summary>
public sealed class ExportRoots
{
    // Directories are looked through and files read on threads of their own, as they may wait for a disk.
    private const int MaxThreads = 16;

    private readonly IReadOnlyDictionary<string, string> _paths;

    private ExportRoots(IReadOnlyDictionary<string, string> paths) => _paths = paths;

    internal BlockingThreadPool Threads { get; } = new(MaxThreads);

    /// <summary>Opens them, and removes what a crash has left of archives.</summary>
    /// <param name="paths">The directories by their names.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="ExportException">One cannot be used; the message says which.</exception>
    public static ExportRoots Open(IReadOnlyDictionary<string, string> paths, ILogger log)
    {
        RequireUsable(paths);
        foreach (var (name, path) in paths)
        {
            try
            {
                using var directory = ExportDirectory.Open(path);
                if (directory.Sweep(ArchiveName.Unfinished) is var removed and > 0)
                    log.Information("removed {Count} unfinished archives from export {Name:l}, which an earlier process left", removed, name);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.Warning("unfinished archives stay in export {Name:l}: {Reason:l}", name, e.Message); // they are hidden
            }
        }

        return new ExportRoots(paths);
    }

    /// <summary>Looks whether they could be opened, and changes nothing.</summary>
    /// <exception cref="ExportException">One could not; the message says which.</exception>
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

    /// <summary>The files that are meant, by name.</summary>
    public Task<List<ExportEntry>> ListAsync(string directory, NamePattern pattern) => InAsync(directory, d => d.List(pattern));

    /// <summary>Opens a file, for the caller to dispose; null if there is none.</summary>
    public Task<ExportedFile?> OpenAsync(string directory, string name) => InAsync(directory, d =>
    {
        TryOpen(d, name, out var file);
        return file;
    });

    /// <summary>Removes a file. False if there is none.</summary>
    public Task<bool> RemoveAsync(string directory, string name) => InAsync(directory, d => d.TryRemove(name));

    /// <summary>Removes the files that are meant.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="ExportException">One could not be removed; the message says how many were.</exception>
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

    /// <summary>Opens a file. What is returned is what keeps it open; null if there is none.</summary>
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
