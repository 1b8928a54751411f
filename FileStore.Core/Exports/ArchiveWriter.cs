using System.Formats.Tar;
using System.IO.Compression;

namespace FileStore.Core.Exports;

/// <summary>Packs one file, piece by piece.</summary>
internal static class ArchiveWriter
{
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The packer: another one may make other bytes of the same file. To be raised with each change that does; the runtime brings the compressor.</summary>
    internal static string Version { get; } = $"2-{Environment.Version}";

    // .NET writes nothing at all: head, an empty last block, CRC and length (RFC 1952).
    private static readonly byte[] EmptyGzip = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Writes a whole archive.</summary>
    /// <param name="format">What to write.</param>
    /// <param name="name">What the entry is called, where the format has entries.</param>
    /// <param name="modified">When the file was modified.</param>
    /// <param name="content">The file; <see cref="Stream.Length"/> is known.</param>
    /// <param name="archive">Where it goes, from its start; it can be read and sought in, and stays the caller's.</param>
    internal static void Write(ArchiveFormat format, string name, DateTimeOffset modified, Stream content, Stream archive)
    {
        switch (format)
        {
            case ArchiveFormat.Zip:
                ZipWriter.Write(name, Mode, modified, content, archive);
                break;
            case ArchiveFormat.Gzip:
                using (var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true))
                    content.CopyTo(gzip);
                if (archive.Position == 0)
                    archive.Write(EmptyGzip);
                break;
            default:
                WriteTar(name, modified, content, archive);
                break;
        }
    }

    private static void WriteTar(string name, DateTimeOffset modified, Stream content, Stream archive)
    {
        using var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = Mode, ModificationTime = modified });
    }
}
