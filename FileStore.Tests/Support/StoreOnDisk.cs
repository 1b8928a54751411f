namespace FileStore.Tests.Support;

/// <summary>A store's folder as somebody with a shell sees it.</summary>
internal sealed class StoreOnDisk(string root)
{
    /// <summary>Where uploads lie until they are whole.</summary>
    public string IncomingFolder => Path.Join(root, ".incoming");

    /// <summary>Uploads that were begun and not ended.</summary>
    public string[] Incoming => Directory.GetFileSystemEntries(IncomingFolder);

    /// <summary>Whether every upload has left the folder of incoming files, as it does shortly after its answer.</summary>
    public Task<bool> HasNothingIncomingAsync() => Eventually.HoldsAsync(() => Incoming.Length == 0);

    /// <summary>The names of all blobs.</summary>
    public string[] Blobs =>
        [.. Directory.EnumerateDirectories(root).Where(folder => folder != IncomingFolder).SelectMany(Directory.GetFileSystemEntries).Select(path => Path.GetFileName(path))];

    /// <summary>The names of the blobs whose bytes are not what these say.</summary>
    public string[] Broken => [.. Blobs.Where(hash => Bytes.HashOf(Read(hash)) != hash)];

    public string PathOf(string hash) => Path.Join(root, hash[..2], hash);

    public bool Has(string hash) => File.Exists(PathOf(hash));

    public byte[] Read(string hash) => File.ReadAllBytes(PathOf(hash));

    /// <summary>Puts a file where the blob of this name lies, whatever its bytes are.</summary>
    public FileStream Plant(string hash)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(hash))!);
        return File.Create(PathOf(hash));
    }
}
