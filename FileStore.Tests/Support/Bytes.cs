using System.Security.Cryptography;
using System.Text;
using FileStore.Core.Primitives;

namespace FileStore.Tests.Support;

/// <summary>Contents for tests, and what they are called.</summary>
internal static class Bytes
{
    /// <summary>Bytes that look random and are the same each time.</summary>
    public static byte[] Random(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Bytes that no other test has.</summary>
    public static byte[] Fresh(int length) => RandomNumberGenerator.GetBytes(length);

    public static byte[] Of(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>What a store calls them, as text.</summary>
    public static string HashOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static Digest Sha256(byte[] content) => Digest.FromBytes(HashKind.Sha256, SHA256.HashData(content));

    /// <summary>Different short contents whose SHA-256 begin alike, so that a store on disk keeps them in one folder.</summary>
    public static List<byte[]> InOneShard(int count)
    {
        var contents = new List<byte[]> { Of("neighbour 0") };
        var shard = Sha256(contents[0]).Hex[..2];
        for (var i = 1; contents.Count < count; i++)
        {
            var content = Of($"neighbour {i}");
            if (Sha256(content).Hex.StartsWith(shard, StringComparison.Ordinal))
                contents.Add(content);
        }

        return contents;
    }
}
