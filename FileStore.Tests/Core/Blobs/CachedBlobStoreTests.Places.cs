using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FluentAssertions;

namespace FileStore.Tests.Core.Blobs;

/// <summary>Admission and eviction in a full cache.</summary>
public sealed partial class CachedBlobStoreTests
{
    [Test]
    public async Task No_more_is_kept_than_the_capacity()
    {
        var digests = new List<Digest>();
        for (var i = 0; i < 5 * Places; i++)
            digests.Add(await KeepAsync(i, requests: i < Places ? 2 : 3));

        var kept = 0;
        foreach (var digest in Enumerable.Reverse(digests)) // newest first, since requests for blobs that are not cached evict others
            kept += await OpensOf(digest) == 0 ? 1 : 0;

        kept.Should().BeInRange(1, Places);
    }

    [Test]
    public async Task A_blob_that_has_to_evict_an_idle_one_is_cached_at_its_third_request()
    {
        await FillAsync();
        var digest = await PutAsync(Places);

        for (var i = 0; i < 3; i++)
            (await OpensOf(digest)).Should().Be(1);
        (await OpensOf(digest)).Should().Be(0);
    }

    [Test]
    public async Task An_evicted_blob_is_cached_again_only_at_its_third_request()
    {
        var first = await KeepAsync(0);
        for (var i = 1; i <= 3 * Places; i++)
            await KeepAsync(i, requests: i < Places ? 2 : 3);

        for (var i = 0; i < 3; i++)
            (await OpensOf(first)).Should().Be(1);
        (await OpensOf(first)).Should().Be(0);
    }

    [Test]
    public async Task A_requested_blob_is_not_evicted_for_one_that_is_requested_no_more_often()
    {
        var kept = await FillAsync();
        var newcomer = await PutAsync(Places);

        for (var round = 0; round < 15; round++)
        {
            (await OpensOf(kept)).Should().Be(0);
            (await OpensOf(newcomer)).Should().Be(1);
        }
    }

    [Test]
    public async Task A_blob_that_is_requested_more_often_than_a_cached_one_is_cached()
    {
        var kept = await FillAsync();
        var newcomer = await PutAsync(Places);

        for (var request = 0; request < 16; request++)
        {
            if (request % 5 == 0)
                await OpensOf(kept);
            (await OpensOf(newcomer)).Should().Be(1);
        }

        (await OpensOf(newcomer)).Should().Be(0);
    }

    [Test]
    public async Task A_blob_that_is_not_requested_any_more_makes_room_for_another()
    {
        await OpensOf(await FillAsync());
        var newcomer = await PutAsync(Places);

        for (var request = 0; request < 3 + Places; request++) // each request moves past one entry
            (await OpensOf(newcomer)).Should().Be(1);
        (await OpensOf(newcomer)).Should().Be(0);
    }

    [Test]
    public async Task A_file_that_was_stored_anew_takes_the_place_of_what_was_kept()
    {
        var kept = await FillAsync();
        _time.Advance(CachedBlobStore.RevalidateAfter);
        _inner.Stored += TimeSpan.FromDays(1);

        (await OpensOf(kept[..1])).Should().Be(1);
        (await OpensOf(kept[..1])).Should().Be(1);
        (await OpensOf(kept[..1])).Should().Be(0);
    }

    /// <summary>Fills the cache.</summary>
    private async Task<Digest[]> FillAsync()
    {
        var kept = new Digest[Places];
        for (var i = 0; i < Places; i++)
            kept[i] = await KeepAsync(i);
        return kept;
    }

    private async Task<int> OpensOf(Digest[] digests)
    {
        var opens = 0;
        foreach (var digest in digests)
            opens += await OpensOf(digest);
        return opens;
    }
}
