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

/// <summary>How what was packed is called.</summary>
public static class ArchiveName
{
    /// <summary>The end of an archive's name while it is being written; a dot stands in front of such a name.</summary>
    internal const string Unfinished = ".filestore-unfinished";

    /// <summary>The name of a file once it is packed: <c>a.log</c> becomes <c>a.zip</c>, <c>a.log.gz</c> or <c>a.tgz</c>.</summary>
    public static string Of(string name, ArchiveFormat format) => format switch
    {
        ArchiveFormat.Zip => Path.ChangeExtension(name, ".zip"),
        ArchiveFormat.Gzip => name + ".gz",
        _ => Path.ChangeExtension(name, ".tgz"),
    };

    internal static string NewUnfinished() => $".{Guid.NewGuid():N}{Unfinished}";
}
