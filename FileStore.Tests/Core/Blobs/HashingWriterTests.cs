using System.Security.Cryptography;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Blobs;

/// <summary>Small and large uploads in pieces of any size. Beyond the first MiB they are written differently.</summary>
[TestFixture]
public sealed class HashingWriterTests
{
    private const int MiB = 1 << 20;

    private StoreFolder _folder;

    [SetUp]
    public void MakeFolder() => _folder = new StoreFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(0, 1000)]
    [TestCase(1, 1)]
    [TestCase(MiB - 1, 100_003)]
    [TestCase(MiB, 128 << 10)]
    [TestCase(MiB, 100_003)]
    [TestCase(MiB + 1, 128 << 10)]
    [TestCase(MiB + (512 << 10), 128 << 10)]
    [TestCase(MiB + (512 << 10) + 1, 100_003)]
    [TestCase(5 * MiB, 1_000_003)]
    [TestCase((40 * MiB) + 17, 300_007)]
    public async Task Bytes_in_pieces_of_any_size_are_stored_and_hashed_whole(int size, int piece)
    {
        var bytes = Bytes.Random(size);
        var store = _folder.Open(durable: true);

        await using var incoming = await store.ReceiveAsync(new Pieces(bytes, piece), size, CancellationToken.None);
        await incoming.CommitAsync(CancellationToken.None);

        incoming.Size.Should().Be(size);
        incoming.Digest.Hex.Should().Be(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        File.ReadAllBytes(_folder.PathOf(incoming.Digest)).AsSpan().SequenceEqual(bytes).Should().BeTrue();
    }

    [TestCase(MiB + (512 << 10))]
    [TestCase(3 * MiB)]
    [TestCase((3 * MiB) + 1)]
    public async Task Without_a_place_for_large_pieces_it_is_the_same(int size)
    {
        var bytes = Bytes.Random(size);
        var store = _folder.Open(durable: true);
        while (store.Context.LargeBuffers.CurrentCount > 0)
            await store.Context.LargeBuffers.WaitAsync();

        await using var incoming = await store.ReceiveAsync(new Pieces(bytes, 100_003), size, CancellationToken.None);
        await incoming.CommitAsync(CancellationToken.None);

        File.ReadAllBytes(_folder.PathOf(Bytes.Sha256(bytes))).AsSpan().SequenceEqual(bytes).Should().BeTrue();
    }

    [Test]
    public async Task Many_large_ones_at_once_are_stored_and_hashed_each_for_itself()
    {
        var store = _folder.Open(durable: false);
        var places = store.Context.LargeBuffers.CurrentCount;
        var fewest = places;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async seed =>
        {
            var bytes = Bytes.Random((4 * MiB) + seed, seed);
            var body = new Pieces(bytes, 100_003, whenRead: () => fewest = Math.Min(fewest, store.Context.LargeBuffers.CurrentCount));
            await using var incoming = await store.ReceiveAsync(body, null, CancellationToken.None);
            await incoming.CommitAsync(CancellationToken.None);
            File.ReadAllBytes(_folder.PathOf(Bytes.Sha256(bytes))).AsSpan().SequenceEqual(bytes).Should().BeTrue();
        }));

        fewest.Should().BeLessThan(places, "some had a place");
        store.Context.LargeBuffers.CurrentCount.Should().Be(places, "and have given it back");
    }

    [TestCase(1000)]
    [TestCase(MiB)]
    [TestCase((3 * MiB) + 1)]
    public async Task A_body_that_fails_leaves_nothing_and_says_why(int after)
    {
        var places = _folder.Store.Context.LargeBuffers.CurrentCount;
        var receive = () => _folder.Store.ReceiveAsync(new Pieces(Bytes.Random(4 * MiB), 100_003, after), null, CancellationToken.None);

        (await receive.Should().ThrowAsync<EndOfStreamException>()).WithMessage("cut");

        _folder.Store.Context.UnfinishedCount.Should().Be(0);
        Directory.GetFiles(_folder.Store.Scratch).Should().BeEmpty();
        _folder.Store.Context.LargeBuffers.CurrentCount.Should().Be(places);
    }

    /// <summary>A body that arrives in pieces and may break off.</summary>
    private sealed class Pieces(byte[] bytes, int size, int failsAfter = int.MaxValue, Action? whenRead = null) : ReadOnlyStream
    {
        private int _at;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            whenRead?.Invoke();
            if (_at >= failsAfter)
                throw new EndOfStreamException("cut");
            var count = Math.Min(Math.Min(size, buffer.Length), bytes.Length - _at);
            bytes.AsMemory(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }
    }
}
