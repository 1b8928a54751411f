using System.Security.Cryptography;
using System.Text;

namespace FileStore.Tests.Support;

/// <summary>Bytes to store, and the name they get in a SHA-256 store.</summary>
internal sealed record Sample(byte[] Bytes)
{
    public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Bytes));

    /// <summary>Bytes that no other test has.</summary>
    public static Sample Random(int size) => new(RandomNumberGenerator.GetBytes(size));

    public static Sample Of(string text) => new(Encoding.UTF8.GetBytes(text));
}
