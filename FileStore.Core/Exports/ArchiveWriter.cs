using System.Formats.Tar;
using System.IO.Compression;

namespace FileStore.Core.Exports;

/// <summary>Packs one file, piece by piece.</summary>
internal static class ArchiveWriter
{
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes a whole archive.</summary>
    /// <param name="format">What to write.</param>
    /// <param name="name">What the entry is called, where the format has entries.</param>
    /// <param name="modified">When the file was modified.</param>
    /// <param name="content">The file; <see cref="Stream.Length"/> is known.</param>
    /// <param name="archive">Where it goes, from its start; stays the caller's.</param>
    internal static void Write(ArchiveFormat format, string name, DateTimeOffset modified, Stream content, Stream archive)
    {
        switch (format)
        {
            case ArchiveFormat.Zip:
                WriteZip(name, modified, content, archive);
                break;
            case ArchiveFormat.Gzip:
                using (var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true))
                    content.CopyTo(gzip);
                break;
            default:
                WriteTar(name, modified, content, archive);
                break;
        }
    }

    private static void WriteZip(string name, DateTimeOffset modified, Stream content, Stream archive)
    {
        using var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true);
        var entry = zip.CreateEntry(name);
        entry.ExternalAttributes = (0x8000 | (int)Mode) << 16;
        if (modified.Year is >= 1980 and <= 2107) // what the format can say
            entry.LastWriteTime = modified;
        using var written = entry.Open();
        content.CopyTo(written);
    }

    private static void WriteTar(string name, DateTimeOffset modified, Stream content, Stream archive)
    {
        using var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = Mode, ModificationTime = modified });
    }
}
