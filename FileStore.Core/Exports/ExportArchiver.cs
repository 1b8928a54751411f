using System.Diagnostics;
using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;
using Serilog;

namespace FileStore.Core.Exports;

/// <summary>
/// Packs files of exports: for a download, into a file without a name; or for good, beside the file. As many at a time as
/// there are processors, of each kind; further ones wait in order.
/// </summary>
/// <param name="roots">The exports.</param>
/// <param name="scratch">A folder for files without names, where there is room for what is downloaded packed.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
public sealed class ExportArchiver(ExportRoots roots, string scratch, TimeProvider time, ILogger log) : IDisposable
{
    private readonly PackedFiles _packed = new(time);
    private readonly BlockingThreads _downloads = new(Environment.ProcessorCount);
    private readonly BlockingThreads _archives = new(Environment.ProcessorCount);

    /// <summary>
    /// Packs a file for a download. Who asks while another does, or soon after, is given the same bytes. The result is the
    /// caller's to dispose.
    /// </summary>
    /// <param name="directory">The export that the file is of.</param>
    /// <param name="file">The file; it stays the caller's.</param>
    /// <param name="format">What to pack it to.</param>
    /// <param name="ct">Cancels the packing if nobody else waits for it.</param>
    /// <exception cref="ExportException">The disk is full, or the file became shorter meanwhile.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is left of it.</exception>
    public Task<ExportedFile> PackAsync(string directory, ExportedFile file, ArchiveFormat format, CancellationToken ct) =>
        _packed.GetAsync((directory, file.Name, format), file.Tag, over => PackAsync(file, format, over), ct);

    private async Task<(ExportedFile File, bool CanBeKept)> PackAsync(ExportedFile file, ArchiveFormat format, CancellationToken ct)
    {
        // Whoever asked first may leave, and close it, before the others have what they wait for.
        var copy = ExportRoots.TranslateIoErrors(() => Posix.Duplicate(file.Handle, file.Name));
        var source = new ExportedFile(copy, file.Length, file.Modified, file.Name, file.Tag, roots.Threads);
        await using (source)
            return await _downloads.RunAsync(() => ExportRoots.TranslateIoErrors(() => PackUnnamed(source, format, ct)), ct);
    }

    private (ExportedFile File, bool CanBeKept) PackUnnamed(ExportedFile file, ArchiveFormat format, CancellationToken ct)
    {
        var path = Path.Join(scratch, ArchiveName.NewUnfinished());
        var packed = Posix.TryOpen(path, Posix.OReadWrite | Posix.OCreate | Posix.OExclusive, out var errno, mode: 0x180)
            ?? throw Posix.Failure("create", path, errno);
        try
        {
            Posix.UnlinkQuietly(path); // what has no name is gone with us, however we end
            var isSettled = FileStamp.Of(Posix.FStatFull(file.Handle, file.Name)).IsSettledFinely(time.GetUtcNow());
            var isUnchanged = Pack(file, format, packed, ct);
            // Other bytes than the file's, so another entity tag (RFC 9110, 8.8.3.3).
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

    /// <summary>Packs a file to a tar archive beside it, which replaces an older one, and can be seen only when it is whole.</summary>
    /// <returns>The archive.</returns>
    /// <exception cref="ExportException">The file is gone, or became shorter meanwhile; the disk is full; the directory may not be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is left of it.</exception>
    public Task<ExportEntry> ArchiveAsync(string directory, string name, CancellationToken ct) => _archives.RunAsync(() => ExportRoots.TranslateIoErrors(() =>
    {
        using var opened = roots.OpenDirectory(directory);
        using var handle = roots.TryOpen(opened, name, out var file);
        return file is null ? throw new FileNotFoundException($"'{name}' is not there any more") : Archive(directory, opened, file, ct);
    }), ct);

    private ExportEntry Archive(string directory, ExportDirectory opened, ExportedFile file, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var unfinished = ArchiveName.NewUnfinished();
        using var archive = opened.CreateUnfinished(unfinished);
        try
        {
            Pack(file, ArchiveFormat.TarGzip, archive, ct);
            var entry = new ExportEntry(ArchiveName.Of(file.Name, ArchiveFormat.TarGzip), Posix.FStat(archive, unfinished).Size);
            opened.Publish(archive, unfinished, entry.Name);
            log.Information("export {Directory:l}: packed {Name:l} to {Archive:l}, {Size} bytes, in {Seconds:0.0} s",
                directory, file.Name, entry.Name, entry.Size, Stopwatch.GetElapsedTime(started).TotalSeconds);
            return entry;
        }
        catch
        {
            opened.Discard(unfinished);
            throw;
        }
    }

    /// <summary>Gives back the room of what was packed for downloads.</summary>
    public void Dispose() => _packed.Dispose();

    /// <summary>Packs the file as it was when it was opened, and tells the log if it has not stayed that way.</summary>
    /// <returns>Whether it has.</returns>
    private bool Pack(ExportedFile file, ArchiveFormat format, SafeFileHandle target, CancellationToken ct)
    {
        // Not to be disposed: that would close the handle.
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
            throw Posix.Failure("write", file.Name, Posix.Efbig); // .NET takes EFBIG for a fault of its caller
        }

        var after = Posix.FStatFull(file.Handle, file.Name);
        if (after.Links == 0)
            log.Warning("{Name:l} was deleted while it was packed; the archive holds what it was", file.Name);
        else if (after.Size > file.Length)
            log.Warning("{Name:l} grew while it was packed; the archive holds its first {Length} bytes", file.Name, file.Length);
        else if (PlainFile.TagOf(after) != file.Tag)
            log.Warning("{Name:l} was changed while it was packed; the archive may hold old and new parts", file.Name);
        return PlainFile.TagOf(after) == file.Tag;
    }
}
