using System.Security.Cryptography;

namespace FileStore.Bench;

/// <summary>Where a benchmark works: a folder of its own, a store with blobs in it, a certificate. Disposing removes it.</summary>
internal sealed class Bench : IDisposable
{
    internal Bench(string root, string work)
    {
        (Root, Work) = (root, work);
        if (Directory.Exists(work))
            Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(Store);
        Directory.CreateDirectory(OtherStore);
        Tool.Run("gcc", "-O2", "-pthread", "-o", LimitProgram, Path.Join(root, "bench", "limit.c"));
        Tool.Run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", Key, "-out", Certificate, "-days", "2", "-subj", "/CN=localhost");
    }

    /// <summary>The repository.</summary>
    internal string Root { get; }

    internal string Work { get; }

    internal string Store => Path.Join(Work, "store");

    /// <summary>For a second daemon, since a store serves one.</summary>
    internal string OtherStore => Path.Join(Work, "other-store");

    internal string LimitProgram => Path.Join(Work, "limit-program");

    internal string Certificate => Path.Join(Work, "cert.pem");

    internal string Key => Path.Join(Work, "key.pem");

    /// <summary>An empty folder.</summary>
    internal string Fresh(string name)
    {
        var folder = Path.Join(Work, name);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Puts blobs into stores, past any server, and returns their hashes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="size">How many bytes each has, 16 or more.</param>
    /// <param name="stores">Where; both if none is named.</param>
    internal string[] Fill(int count, int size, params string[] stores)
    {
        var bytes = new byte[size];
        var hashes = new string[count];
        for (var i = 0; i < count; i++)
        {
            RandomNumberGenerator.Fill(bytes.AsSpan(0, 16)); // enough to be another blob
            hashes[i] = Convert.ToHexStringLower(SHA256.HashData(bytes));
            foreach (var store in stores.Length > 0 ? stores : [Store, OtherStore])
                File.WriteAllBytes(PathOf(hashes[i], store), bytes);
        }

        Tool.Settle();
        return hashes;
    }

    /// <summary>Puts a blob of many bytes into both stores, and returns its hash.</summary>
    internal string FillLarge(long size)
    {
        var path = LargeFile(size);
        using var content = File.OpenRead(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        foreach (var store in new[] { Store, OtherStore })
            File.Copy(path, PathOf(hash, store), overwrite: true);
        Tool.Settle();
        return hash;
    }

    private static string PathOf(string hash, string store)
    {
        var shard = Path.Join(store, hash[..2]);
        Directory.CreateDirectory(shard);
        return Path.Join(shard, hash);
    }

    /// <summary>A file of random bytes, which is made once.</summary>
    internal string LargeFile(long size)
    {
        var path = Path.Join(Work, $"large-{size}");
        if (File.Exists(path))
            return path;
        using (var file = File.Create(path))
        {
            var piece = new byte[1 << 20];
            for (long written = 0; written < size; written += piece.Length)
            {
                RandomNumberGenerator.Fill(piece);
                file.Write(piece, 0, (int)Math.Min(piece.Length, size - written));
            }
        }

        Tool.Settle();
        return path;
    }

    /// <summary>Removes all blobs, behind the back of a daemon, which is not used again.</summary>
    internal void Empty()
    {
        foreach (var shard in new[] { Store, OtherStore }.SelectMany(Directory.EnumerateDirectories).Where(folder => Path.GetFileName(folder).Length == 2))
            Directory.Delete(shard, recursive: true);
        Tool.Settle();
    }

    public void Dispose() => Directory.Delete(Work, recursive: true);
}
