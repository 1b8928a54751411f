using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Blobs;

[TestFixture]
public sealed class DiskListingTests
{
    private StoreFolder _folder;

    [SetUp]
    public void MakeFolder() => _folder = new StoreFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task Files_that_are_not_blobs_are_not_listed()
    {
        var (digest, _) = await _folder.Store.PutAsync(Bytes.Of("the one blob"));
        var shard = digest.Hex[..2];
        var other = shard == "aa" ? "bb" : "aa";
        string[] foreign =
        [
            "README", new('a', 64), $"{shard}/README", $"{shard}/{digest.Hex}.bak", $"{shard}/{digest.Hex[..63]}",
            $"{shard}/{digest.Hex.ToUpperInvariant()}", $"{shard}/.{digest.Hex[1..]}", $"{other}/{digest.Hex}",
            $"{other}/{new string('a', 31)}z", $"abc/{new string('a', 64)}", $"AA/{new string('A', 64)}", $"zz/{new string('z', 64)}",
        ];
        foreach (var name in foreign)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(_folder.Root, name))!);
            File.WriteAllText(Path.Join(_folder.Root, name), "not a blob");
        }

        Directory.CreateDirectory(Path.Join(_folder.Root, shard, shard + new string('0', 62)));

        var listed = await _folder.Store.ListAllAsync(1);

        listed.Select(blob => blob.Digest).Should().Equal(digest);
    }

    [Test]
    public async Task Foreign_files_keep_their_folder_when_the_last_blob_goes()
    {
        var (digest, _) = await _folder.Store.PutAsync(Bytes.Of("the one blob"));
        File.WriteAllText(_folder.PathOf(digest) + ".note", "an admin's");

        (await _folder.Store.RemoveAsync(digest, CancellationToken.None)).Should().BeTrue();

        File.Exists(_folder.PathOf(digest) + ".note").Should().BeTrue();
        (await _folder.Store.PutAsync(Bytes.Of("the one blob"))).Digest.Should().Be(digest);
    }

    [Test]
    public async Task A_large_store_paged_is_the_whole_store()
    {
        const int count = 10_000;
        var store = _folder.Store;
        var names = new List<string>();
        for (var i = 0; i < count; i++)
        {
            // Written directly: listing reads names and sizes, and 10,000 uploads would take longer.
            var digest = Bytes.Sha256(Bytes.Of($"{i}"));
            Directory.CreateDirectory(Path.Join(_folder.Root, digest.Hex[..2]));
            File.WriteAllText(_folder.PathOf(digest), $"{i}");
            names.Add(digest.Hex);
        }

        names.Sort(StringComparer.Ordinal);
        var whole = await store.ListAsync(null, count, CancellationToken.None);
        var paged = await store.ListAllAsync(pageSize: 997);

        whole.Blobs.Select(blob => blob.Digest.Hex).Should().Equal(names);
        whole.Next.Should().BeNull();
        paged.Should().Equal(whole.Blobs);
    }

    [Test]
    public async Task A_listing_can_be_cancelled()
    {
        await _folder.Store.PutAsync(Bytes.Of("one"));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        var list = async () => await _folder.Store.ListAsync(null, 10, cancelled.Token);

        await list.Should().ThrowAsync<OperationCanceledException>();
    }

    [Test]
    public async Task A_listing_bears_blobs_that_come_and_go()
    {
        var store = _folder.Store;
        var steady = new List<Digest>();
        for (var i = 0; i < 50; i++)
            steady.Add((await store.PutAsync(Bytes.Of($"steady {i}"))).Digest);

        using var enough = new CancellationTokenSource();
        var churn = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
                await store.RemoveAsync((await store.PutAsync(Bytes.Of($"passing {i % 20}"))).Digest, CancellationToken.None);
        });
        for (var i = 0; i < 100; i++)
            (await store.ListAllAsync(9)).Select(blob => blob.Digest).Should().Contain(steady).And.BeInAscendingOrder(digest => digest.Hex, StringComparer.Ordinal);
        await enough.CancelAsync();
        await churn;
    }
}
