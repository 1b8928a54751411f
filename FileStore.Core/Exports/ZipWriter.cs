using System.IO.Compression;
using System.Text;

namespace FileStore.Core.Exports;

/// <summary>
/// Writes a zip archive with one entry (PKWARE, APPNOTE.TXT), with the sizes in the local header, so that programs can
/// unpack it as a stream. System.IO.Compression puts sizes above 4 GiB behind the data.
/// </summary>
internal static class ZipWriter
{
    private const int GzipHeaderSize = 10, GzipTrailerSize = 8; // RFC 1952, without a file name
    private const uint SizeInExtraField = uint.MaxValue;
    private const long MaxSmallSize = uint.MaxValue - (16 << 20); // bytes; incompressible content grows a little

    private static readonly DateTime Earliest = new(1980, 1, 1);
    private static readonly DateTime Latest = new(2107, 12, 31, 23, 59, 58);

    /// <param name="name">The entry's name.</param>
    /// <param name="mode">Its permissions.</param>
    /// <param name="modified">When it was modified. Times that the format cannot express are clamped.</param>
    /// <param name="content">Its bytes. <see cref="Stream.Length"/> is known.</param>
    /// <param name="archive">The target, written from offset 0. It must be readable and seekable.</param>
    internal static void Write(string name, UnixFileMode mode, DateTimeOffset modified, Stream content, Stream archive)
    {
        var entry = new Entry(Encoding.UTF8.GetBytes(name), mode, modified, content.Length);
        var start = LocalHeader(entry).Length;
        if (entry.Size > 0)
            entry = Compress(entry, start, content, archive);

        archive.Position = start + entry.PackedSize;
        archive.Write(Directory(entry, archive.Position));
        archive.Position = 0;
        archive.Write(LocalHeader(entry));
    }

    /// <summary>
    /// Compresses with GZipStream, which computes the CRC too; DeflateStream does not. Its header is overwritten by the
    /// local header, and its trailer by the central directory.
    /// </summary>
    private static Entry Compress(Entry entry, int start, Stream content, Stream archive)
    {
        archive.Position = start - GzipHeaderSize;
        using (var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true))
            content.CopyTo(gzip);
        var end = archive.Position - GzipTrailerSize;
        archive.Position = end;
        using var tail = new BinaryReader(archive, Encoding.UTF8, leaveOpen: true);
        return entry with { PackedSize = end - start, Crc = tail.ReadUInt32() };
    }

    private static byte[] LocalHeader(Entry entry) => Bytes(writer =>
    {
        writer.Write(0x04034b50);
        WriteCommon(writer, entry);
        writer.Write(entry.Name);
        WriteExtraFields(writer, entry);
    });

    private static byte[] Directory(Entry entry, long offset)
    {
        const ushort unix = 3 << 8, none = 0;
        var central = Bytes(writer =>
        {
            writer.Write(0x02014b50);
            writer.Write((ushort)(unix | entry.Version));
            WriteCommon(writer, entry);
            writer.Write(none); // comment
            writer.Write(none); // disk
            writer.Write(none); // internal attributes
            writer.Write((0x8000 | (uint)entry.Mode) << 16);
            writer.Write(0); // where the local header is
            writer.Write(entry.Name);
            WriteExtraFields(writer, entry);
        });
        return Bytes(writer =>
        {
            const ushort one = 1;
            writer.Write(central);
            if (offset >= SizeInExtraField)
                WriteEndOfLarge(writer, (ushort)(unix | entry.Version), central.Length, offset);
            writer.Write(0x06054b50);
            writer.Write(0); // disks
            writer.Write(one);
            writer.Write(one);
            writer.Write(central.Length);
            writer.Write((uint)Math.Min(offset, SizeInExtraField));
            writer.Write(none); // comment
        });
    }

    private static void WriteEndOfLarge(BinaryWriter writer, ushort madeBy, int length, long offset)
    {
        const ulong one = 1;
        writer.Write(0x06064b50);
        writer.Write(44L); // bytes that follow
        writer.Write(madeBy);
        writer.Write((ushort)(madeBy & 0xFF));
        writer.Write(0L); // disks
        writer.Write(one);
        writer.Write(one);
        writer.Write((long)length);
        writer.Write(offset);
        writer.Write(0x07064b50);
        writer.Write(0); // disk
        writer.Write(offset + length);
        writer.Write(1); // disks in all
    }

    /// <summary>What the local header and the central directory have in common.</summary>
    private static void WriteCommon(BinaryWriter writer, Entry entry)
    {
        const ushort utf8 = 1 << 11, stored = 0, deflated = 8;
        var clock = new DateTime(Math.Clamp(entry.Modified.UtcTicks, Earliest.Ticks, Latest.Ticks));
        writer.Write(entry.Version);
        writer.Write(Ascii.IsValid(entry.Name) ? default : utf8);
        writer.Write(entry.Size == 0 ? stored : deflated);
        writer.Write((ushort)((clock.Hour << 11) | (clock.Minute << 5) | (clock.Second / 2)));
        writer.Write((ushort)(((clock.Year - Earliest.Year) << 9) | (clock.Month << 5) | clock.Day));
        writer.Write(entry.Crc);
        writer.Write(entry.IsLarge ? SizeInExtraField : (uint)entry.PackedSize);
        writer.Write(entry.IsLarge ? SizeInExtraField : (uint)entry.Size);
        writer.Write((ushort)entry.Name.Length);
        writer.Write((ushort)Bytes(extra => WriteExtraFields(extra, entry)).Length);
    }

    private static void WriteExtraFields(BinaryWriter writer, Entry entry)
    {
        if (entry.IsLarge)
        {
            writer.Write((ushort)1); // zip64
            writer.Write((ushort)16);
            writer.Write(entry.Size);
            writer.Write(entry.PackedSize);
        }

        // The other time has no time zone. Programs disagree on negative values of this one.
        if (entry.Modified.ToUnixTimeSeconds() is >= 0 and <= int.MaxValue and var seconds)
        {
            writer.Write((ushort)0x5455); // the extended timestamp of Info-ZIP, "UT"
            writer.Write((ushort)5);
            writer.Write((byte)1); // the time of modification
            writer.Write((int)seconds);
        }
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        write(writer);
        writer.Flush();
        return bytes.ToArray();
    }

    private sealed record Entry(byte[] Name, UnixFileMode Mode, DateTimeOffset Modified, long Size)
    {
        internal long PackedSize { get; init; }

        internal uint Crc { get; init; }

        /// <summary>Whether a size may need more than 32 bits.</summary>
        internal bool IsLarge => Size > MaxSmallSize;

        /// <summary>The version of the format that is needed to unpack it.</summary>
        internal ushort Version => (ushort)(IsLarge ? 45 : 20);
    }
}
