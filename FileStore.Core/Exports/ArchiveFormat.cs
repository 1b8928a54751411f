namespace FileStore.Core.Exports;

/// <summary>A format in which a file can be packed.</summary>
public enum ArchiveFormat
{
    /// <summary>A zip archive with the file as its only entry.</summary>
    Zip,

    /// <summary>The file itself, compressed with gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>A tar archive (POSIX pax) with the file as its only entry, compressed with gzip.</summary>
    TarGzip,
}

/// <summary>The names of archives.</summary>
public static class ArchiveName
{
    /// <summary>The suffix of an archive's name while it is being written. Such a name starts with a dot.</summary>
    internal const string UnfinishedSuffix = ".filestore-unfinished";

    /// <summary>The archive's name: <c>a.log</c> becomes <c>a.zip</c>, <c>a.log.gz</c> or <c>a.tgz</c>.</summary>
    public static string Of(string name, ArchiveFormat format) => format switch
    {
        ArchiveFormat.Zip => Path.ChangeExtension(name, ".zip"),
        ArchiveFormat.Gzip => name + ".gz",
        _ => Path.ChangeExtension(name, ".tgz"),
    };

    internal static string NewUnfinishedName() => $".{Guid.NewGuid():N}{UnfinishedSuffix}";
}
