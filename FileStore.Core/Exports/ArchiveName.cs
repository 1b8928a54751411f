namespace FileStore.Core.Exports;

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
