using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Contracts;
using FileStore.Tests.Support;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace FileStore.Tests.Core.Blobs;

/// <summary>What the cache keeps, and for how long. The number of requests to the inner store shows it.</summary>
[TestFixture]
public sealed partial class CachedBlobStoreTests
{
    private const int Size = 1000;
    private const int Places = 10;

    private MemoryBlobStore _inner;
    private FakeTimeProvider _time;
    private CachedBlobStore _store;

    [SetUp]
    public void MakeStore()
    {
        _inner = new MemoryBlobStore(HashKind.Sha256);
        _time = new FakeTimeProvider();
        _store = new CachedBlobStore(_inner, Places * (Size + 512), _time);
    }

    [Test]
    public async Task A_blob_is_kept_from_its_second_request_on()
    {
        var digest = await PutAsync(1);

        (await OpensOf(digest)).Should().Be(1, "what is asked for once is not worth memory");
        (await OpensOf(digest)).Should().Be(1);
        (await OpensOf(digest)).Should().Be(0);
    }

    [Test]
    public async Task A_large_blob_is_never_kept()
    {
        var store = new CachedBlobStore(_inner, 64 << 20, _time);
        var largest = (await store.PutAsync(Bytes.Random(CachedBlobStore.MaxBlobSize))).Digest;
        var larger = (await store.PutAsync(Bytes.Random(CachedBlobStore.MaxBlobSize + 1))).Digest;
        for (var i = 0; i < 3; i++)
        {
            await store.GetAsync(largest);
            await store.GetAsync(larger);
        }

        var before = _inner.Opens;
        (await store.GetAsync(largest))!.Length.Should().Be(CachedBlobStore.MaxBlobSize);
        _inner.Opens.Should().Be(before);
        (await store.GetAsync(larger))!.Length.Should().Be(CachedBlobStore.MaxBlobSize + 1);
        _inner.Opens.Should().Be(before + 1);
    }

    [Test]
    public async Task Reads_at_once_of_more_than_fits_are_given_their_own_bytes()
    {
        var contents = Enumerable.Range(0, 4 * Places).Select(i => Bytes.Random(Size + i, i)).ToArray();
        var digests = new List<Digest>();
        foreach (var content in contents)
            digests.Add((await _store.PutAsync(content)).Digest);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(reader => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var which = (i * 7 + reader) % contents.Length;
                await using var blob = await _store.OpenAsync(digests[which], CancellationToken.None);
                await Task.Yield(); // others rent and return buffers in the meantime
                blob!.InMemory!.Value.Span.SequenceEqual(contents[which]).Should().BeTrue();
            }
        })));
    }

    [Test]
    public async Task A_disposed_blob_gives_no_bytes()
    {
        var digest = await PutAsync(1);
        var blob = await _store.OpenAsync(digest, CancellationToken.None);
        await blob!.DisposeAsync();
        await blob.DisposeAsync();

        blob.Invoking(b => b.InMemory).Should().Throw<ObjectDisposedException>();
        // If its buffer were returned twice, it would be rented twice.
        await using var one = await _store.OpenAsync(await PutAsync(2), CancellationToken.None);
        await using var other = await _store.OpenAsync(await PutAsync(3), CancellationToken.None);
        one!.InMemory!.Value.ToArray().Should().Equal(Bytes.Random(Size, 2));
        other!.InMemory!.Value.ToArray().Should().Equal(Bytes.Random(Size, 3));
    }

    [Test]
    public async Task A_blob_larger_than_the_whole_capacity_is_served_and_not_kept()
    {
        var store = new CachedBlobStore(_inner, 100, _time);
        var digest = await PutAsync(1);

        for (var i = 0; i < 4; i++)
            (await store.GetAsync(digest)).Should().Equal(Bytes.Random(Size, 1));

        _inner.Opens.Should().Be(4);
    }

    [Test]
    public async Task A_removal_through_it_shows_at_once()
    {
        var digest = await KeepAsync(1);

        (await _store.RemoveAsync(digest, CancellationToken.None)).Should().BeTrue();

        (await _store.HasAsync(digest)).Should().BeFalse();
        (await _store.RemoveAsync(digest, CancellationToken.None)).Should().BeFalse();
    }

    [Test]
    public async Task A_removal_behind_its_back_shows_after_the_time_of_trust()
    {
        var digest = await KeepAsync(1);
        await _inner.RemoveAsync(digest, CancellationToken.None);

        _time.Advance(CachedBlobStore.RevalidateAfter - TimeSpan.FromMilliseconds(1));
        (await _store.HasAsync(digest)).Should().BeTrue("it is trusted for so long");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await _store.HasAsync(digest)).Should().BeFalse();
        (await _store.HasAsync(digest)).Should().BeFalse();
    }

    [Test]
    public async Task After_the_time_of_trust_one_look_at_the_store_is_enough()
    {
        var digest = await KeepAsync(1);
        _time.Advance(CachedBlobStore.RevalidateAfter);

        (await OpensOf(digest)).Should().Be(1);
        (await OpensOf(digest)).Should().Be(0);
    }

    [TestCase(Size)]
    [TestCase(Size - 1)]
    [TestCase(0)]
    public async Task Damaged_bytes_are_given_to_nobody(int length)
    {
        var digest = await PutAsync(1);
        _inner.Damage(digest, Bytes.Random(Size, 2)[..length]);
        var get = () => _store.GetAsync(digest);
        for (var i = 0; i < 4; i++)
            (await get.Should().ThrowAsync<BlobStoreException>()).Which.Fault.Should().Be(DiskFault.Failed);

        _inner.Damage(digest, Bytes.Random(Size, 1));

        (await get()).Should().Equal(Bytes.Random(Size, 1), "a repair shows at once");
    }

    [Test]
    public async Task Blobs_kept_and_removed_in_a_loop_take_no_room()
    {
        for (var i = 0; i < 100 * Places; i++)
            await _store.RemoveAsync(await KeepAsync(i), CancellationToken.None);

        // All entries are free: as many blobs are cached as fit.
        var digests = new List<Digest>();
        for (var i = 0; i < Places; i++)
            digests.Add(await KeepAsync(10_000 + i));
        foreach (var digest in digests)
            (await OpensOf(digest)).Should().Be(0);
    }

    [Test]
    public async Task Requests_and_removals_at_once_never_bring_a_removed_blob_back()
    {
        var content = Bytes.Random(Size, 1);
        var digest = Bytes.Sha256(content);
        for (var round = 0; round < 300; round++)
        {
            await _store.PutAsync(content);
            await Task.WhenAll(
                Task.Run(async () =>
                {
                    for (var i = 0; i < 5; i++)
                        await _store.GetAsync(digest);
                }),
                Task.Run(() => _store.RemoveAsync(digest, CancellationToken.None)));

            (await _store.HasAsync(digest)).Should().BeFalse($"it was removed (round {round})");
        }
    }

    private async Task<Digest> PutAsync(int seed) => (await _store.PutAsync(Bytes.Random(Size, seed))).Digest;

    /// <summary>Stores a blob and requests it as often as it takes to be cached; by default, while there is room.</summary>
    private async Task<Digest> KeepAsync(int seed, int requests = 2)
    {
        var digest = await PutAsync(seed);
        for (var i = 0; i < requests; i++)
            await _store.GetAsync(digest);
        return digest;
    }

    /// <summary>How many times a request for a blob opens it in the inner store.</summary>
    private async Task<int> OpensOf(Digest digest)
    {
        var before = _inner.Opens;
        (await _store.GetAsync(digest)).Should().HaveCount(Size);
        return _inner.Opens - before;
    }
}
