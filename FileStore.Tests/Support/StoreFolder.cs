using FileStore.Core.Blobs;
using FileStore.Core.Primitives;

namespace FileStore.Tests.Support;

/// <summary>A store on disk in a folder of a test's own, and a look at what lies there.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly TempFolder _folder = new();
    private DiskBlobStore? _store;

    /// <summary>The store's root.</summary>
    public string Root => _folder["store"];

    /// <summary>A place beside the store.</summary>
    public string Beside(string name) => _folder[name];

    /// <summary>The open store; opened with the defaults at first use.</summary>
    public DiskBlobStore Store => _store ??= Open();

    /// <summary>Opens the store, after closing it if it was open.</summary>
    public DiskBlobStore Open(HashKind? kind = null, bool durable = false)
    {
        Close();
        return _store = DiskBlobStore.Open(new DiskStoreOptions(Root, kind ?? HashKind.Sha256, durable), Serilog.Core.Logger.None);
    }

    public void Close()
    {
        _store?.Dispose();
        _store = null;
    }

    public string PathOf(Digest digest) => new StoreOnDisk(Root).PathOf(digest.Hex);

    /// <summary>Names below the root, but for those that begin with a dot.</summary>
    public string[] VisibleNames() => [.. Directory.EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path)).Where(name => name[0] != '.').Order(StringComparer.Ordinal)];

    /// <summary>What uploads have left behind.</summary>
    public string[] Leftovers() => new StoreOnDisk(Root).Incoming;

    public void Dispose()
    {
        Close();
        _folder.Dispose();
    }
}
