using System.Formats.Tar;
using System.IO.Compression;

namespace FileStore.Core.Exports;

/// <summary>Packs one file as a stream.</summary>
internal static class ArchiveWriter
{
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Identifies the exact bytes that the packer produces. To be raised with each change to them; the compressor changes
    /// with the runtime.
    /// </summary>
    internal static string Version { get; } = $"2-{Environment.Version}";

    // .NET writes nothing for empty content: header, an empty last block, CRC and length (RFC 1952).
    private static readonly byte[] EmptyGzip = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Writes an archive.</summary>
    /// <param name="format">The format.</param>
    /// <param name="name">The entry's name, in formats with entries.</param>
    /// <param name="modified">When the file was modified.</param>
    /// <param name="content">The file. Its <see cref="Stream.Length"/> is known.</param>
    /// <param name="archive">
    /// The target, written from offset 0. It must be readable and seekable, and stays the caller's to dispose.
    /// </param>
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
