namespace FileStore.Core.Exports;

/// <summary>What a file can be packed to.</summary>
public enum ArchiveFormat
{
    /// <summary>A zip archive with the file as its one entry.</summary>
    Zip,

    /// <summary>The file as it is, compressed with gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>A tar archive (POSIX pax) with the file as its one entry, compressed with gzip.</summary>
    TarGzip,
}
