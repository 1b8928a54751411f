using System.Diagnostics;
using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;
using Serilog;

namespace FileStore.Core.Exports;

/// <summary>
/// Packs exported files: for a download into an unnamed file, or permanently beside the file. Of each kind, as many run at
/// a time as there are processors; further ones wait in order.
/// </summary>
/// <param name="roots">The exports.</param>
/// <param name="scratch">A directory for unnamed files, with room for packed downloads.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
public sealed class ExportArchiver(ExportRoots roots, string scratch, TimeProvider time, ILogger log) : IDisposable
{
    private readonly PackedFiles _packedFiles = new(time);
    private readonly BlockingThreadPool _downloads = new(Environment.ProcessorCount);
    private readonly BlockingThreadPool _archives = new(Environment.ProcessorCount);

    /// <summary>
    /// Packs a file for a download. Concurrent and shortly following requests for the same file share one archive.
    /// </summary>
    /// <param name="directory">The name of the file's export.</param>
    /// <param name="file">The file. It stays the caller's to dispose.</param>
    /// <param name="format">The format.</param>
    /// <param name="ct">Cancels the request, and the packing unless others wait for it.</param>
    /// <returns>The archive, which the caller disposes.</returns>
    /// <exception cref="ExportException">The disk is full, or the file became shorter while it was packed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and nothing is left behind.</exception>
    public Task<ExportedFile> PackAsync(string directory, ExportedFile file, ArchiveFormat format, CancellationToken ct) =>
        _packedFiles.GetAsync((directory, file.Name, format), file.Tag, cancellation => PackAsync(file, format, cancellation), ct);

    private async Task<(ExportedFile File, bool CanBeKept)> PackAsync(ExportedFile file, ArchiveFormat format, CancellationToken ct)
    {
        // The first requester may leave and close the file while others still wait.
        var copy = IoErrors.Translate(() => Posix.Duplicate(file.Handle, file.Name), ExportException.From);
        var source = new ExportedFile(copy, file.Length, file.Modified, file.Name, file.Tag, roots.Threads);
        await using (source)
            return await _downloads.RunAsync(() => IoErrors.Translate(() => PackUnnamed(source, format, ct), ExportException.From), ct);
    }

    private (ExportedFile File, bool CanBeKept) PackUnnamed(ExportedFile file, ArchiveFormat format, CancellationToken ct)
    {
        var path = Path.Join(scratch, ArchiveName.NewUnfinishedName());
        var packed = Posix.TryOpen(path, Posix.OReadWrite | Posix.OCreate | Posix.OExclusive, out var errno, mode: 0x180)
            ?? throw Posix.Failure("create", path, errno);
        try
        {
            Posix.UnlinkQuietly(path); // an unnamed file disappears with the process
            var isSettled = FileStamp.Of(Posix.FStatFull(file.Handle, file.Name)).IsSettledFinely(time.GetUtcNow());
            var isUnchanged = Pack(file, format, packed, ct);
            // The archive has other bytes than the file, so another entity tag (RFC 9110, 8.8.3.3).
            var result = new ExportedFile(packed, Posix.FStat(packed, path).Size, file.Modified,
                ArchiveName.Of(file.Name, format), $"{file.Tag}-{format}-{ArchiveWriter.Version}", roots.Threads);
            return (result, isSettled && isUnchanged);
        }
        catch
        {
            packed.Dispose();
            Posix.UnlinkQuietly(path);
            throw;
        }
    }

    /// <summary>
    /// Packs a file into a tar archive beside it. The archive appears when it is complete and replaces an older one.
    /// </summary>
    /// <param name="directory">The name of the export.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="ct">Cancels the packing.</param>
    /// <returns>The archive.</returns>
    /// <exception cref="ExportException">
    /// The file is gone or became shorter, the disk is full, or the directory is not writable.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and nothing is left behind.</exception>
    public Task<ExportEntry> ArchiveAsync(string directory, string name, CancellationToken ct) => _archives.RunAsync(() => IoErrors.Translate(() =>
    {
        using var exportDirectory = roots.OpenDirectory(directory);
        using var handle = roots.TryOpen(exportDirectory, name, out var file);
        return file is null ? throw new FileNotFoundException($"'{name}' no longer exists") : Archive(directory, exportDirectory, file, ct);
    }, ExportException.From), ct);

    private ExportEntry Archive(string directory, ExportDirectory exportDirectory, ExportedFile file, CancellationToken ct)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var unfinished = ArchiveName.NewUnfinishedName();
        using var archive = exportDirectory.CreateUnfinished(unfinished);
        try
        {
            Pack(file, ArchiveFormat.TarGzip, archive, ct);
            var entry = new ExportEntry(ArchiveName.Of(file.Name, ArchiveFormat.TarGzip), Posix.FStat(archive, unfinished).Size);
            exportDirectory.Publish(archive, unfinished, entry.Name);
            log.Information("export {Directory:l}: packed {Name:l} to {Archive:l}, {Size} bytes, in {Seconds:0.0} s",
                directory, file.Name, entry.Name, entry.Size, Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
            return entry;
        }
        catch
        {
            exportDirectory.DeleteUnfinished(unfinished);
            throw;
        }
    }

    /// <summary>Closes the archives that were kept for downloads.</summary>
    public void Dispose() => _packedFiles.Dispose();

    /// <summary>
    /// Packs the state that the file had when it was opened, and logs a warning if the file changed in the meantime.
    /// </summary>
    /// <returns>Whether it is unchanged.</returns>
    private bool Pack(ExportedFile file, ArchiveFormat format, SafeFileHandle target, CancellationToken ct)
    {
        // Disposing it would close the handle.
        var archive = new FileStream(target, FileAccess.ReadWrite, bufferSize: 0);
        try
        {
            using var content = new SnapshotStream(file.Handle, file.Name, file.Length, ct);
            ArchiveWriter.Write(format, file.Name, file.Modified, content, archive);
        }
        catch (EndOfStreamException e)
        {
            log.Warning("{Name:l} was cut short while it was packed, so there is no archive: {Reason:l}", file.Name, e.Message);
            throw;
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Posix.Failure("write", file.Name, Posix.Efbig); // .NET reports EFBIG that way
        }

        var after = Posix.FStatFull(file.Handle, file.Name);
        if (after.Links == 0)
            log.Warning("{Name:l} was deleted while it was packed; the archive contains its last state", file.Name);
        else if (after.Size > file.Length)
            log.Warning("{Name:l} grew while it was packed; the archive contains its first {Length} bytes", file.Name, file.Length);
        else if (PlainFile.TagOf(after) != file.Tag)
            log.Warning("{Name:l} was changed while it was packed; the archive may contain old and new parts", file.Name);
        return PlainFile.TagOf(after) == file.Tag;
    }
}
