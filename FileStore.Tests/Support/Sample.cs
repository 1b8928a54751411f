namespace FileStore.Tests.Support;

/// <summary>Bytes to store, and the name they get in a SHA-256 store.</summary>
internal sealed record Sample(byte[] Bytes)
{
    public string Hash { get; } = Support.Bytes.HashOf(Bytes);

    /// <summary>Bytes that no other test has.</summary>
    public static Sample Random(int size) => new(Support.Bytes.Fresh(size));

    public static Sample Of(string text) => new(Support.Bytes.Of(text));
}
