using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Contracts;

public abstract partial class BlobStoreContract
{
    private const int Listed = 40;

    [Test]
    public async Task Blobs_are_listed_in_the_order_of_their_digests()
    {
        var stored = await StoreSomeAsync();

        var page = await _store.ListAsync(null, 1000, CancellationToken.None);

        page.Blobs.Select(blob => blob.Digest.Hex).Should().Equal(stored.Select(digest => digest.Hex));
        page.Next.Should().BeNull();
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(Listed - 1)]
    [TestCase(Listed)]
    [TestCase(Listed + 1)]
    public async Task Pages_of_any_size_make_the_same_list(int pageSize)
    {
        var stored = await StoreSomeAsync();

        (await _store.ListAllAsync(pageSize)).Select(blob => blob.Digest).Should().Equal(stored);
    }

    [Test]
    public async Task A_page_holds_no_more_than_its_limit_and_names_its_last_when_more_follows()
    {
        var stored = await StoreSomeAsync();

        var first = await _store.ListAsync(null, 5, CancellationToken.None);
        var last = await _store.ListAsync(stored[^6], 5, CancellationToken.None);

        first.Blobs.Select(blob => blob.Digest).Should().Equal(stored.Take(5));
        first.Next.Should().Be(stored[4]);
        last.Blobs.Select(blob => blob.Digest).Should().Equal(stored.TakeLast(5));
        last.Next.Should().BeNull("a page that is full because it is the last has nothing after it");
    }

    [Test]
    public async Task A_page_begins_above_a_digest_that_need_not_exist()
    {
        var stored = await StoreSomeAsync();
        await _store.RemoveAsync(stored[10], CancellationToken.None);

        var page = await _store.ListAsync(stored[10], 3, CancellationToken.None);
        var beyondAll = await _store.ListAsync(Parse(new string('f', 64)), 3, CancellationToken.None);
        var beforeAll = await _store.ListAsync(Parse(new string('0', 64)), 3, CancellationToken.None);

        page.Blobs.Select(blob => blob.Digest).Should().Equal(stored.Skip(11).Take(3));
        beyondAll.Blobs.Should().BeEmpty();
        beyondAll.Next.Should().BeNull();
        beforeAll.Blobs.Select(blob => blob.Digest).Should().Equal(stored.Take(3));
    }

    [Test]
    public async Task A_removal_between_two_pages_skips_nothing_and_doubles_nothing()
    {
        var stored = await StoreSomeAsync();

        var first = await _store.ListAsync(null, 10, CancellationToken.None);
        await _store.RemoveAsync(stored[3], CancellationToken.None);
        await _store.RemoveAsync(stored[9], CancellationToken.None);
        await _store.RemoveAsync(stored[12], CancellationToken.None);
        var second = await _store.ListAsync(first.Next, 100, CancellationToken.None);

        second.Blobs.Select(blob => blob.Digest).Should().Equal(stored.Skip(10).Where(digest => digest != stored[12]));
    }

    [Test]
    public async Task A_listed_blob_has_its_size_and_a_time_in_whole_seconds()
    {
        var (digest, _) = await _store.PutAsync(Bytes.Random(12_345));

        var listed = (await _store.ListAllAsync(10)).Single();
        await using var blob = (await _store.OpenAsync(digest, CancellationToken.None))!;

        listed.Size.Should().Be(12_345);
        listed.Modified.Offset.Should().Be(TimeSpan.Zero);
        (listed.Modified.Ticks % TimeSpan.TicksPerSecond).Should().Be(0);
        blob.Modified.Should().Be(listed.Modified);
    }

    /// <summary>Stores some blobs and returns them in the order of their digests.</summary>
    private async Task<List<Digest>> StoreSomeAsync()
    {
        var digests = new List<Digest>();
        for (var i = 0; i < Listed; i++)
            digests.Add((await _store.PutAsync(Bytes.Of($"listed {i}"))).Digest);
        return [.. digests.OrderBy(digest => digest.Hex, StringComparer.Ordinal)];
    }

    private static Digest Parse(string hex)
    {
        Digest.TryParse(HashKind.Sha256, hex, out var digest).Should().BeTrue();
        return digest;
    }
}
