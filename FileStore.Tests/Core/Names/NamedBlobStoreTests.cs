using FileStore.Core.Blobs;
using FileStore.Core.Index;
using FileStore.Core.Names;
using FileStore.Core.Primitives;
using FileStore.Tests.Contracts;
using FileStore.Tests.Support;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace FileStore.Tests.Core.Names;

/// <summary>A store with names is a store.</summary>
[TestFixture]
public sealed class NamedBlobStoreIsAStoreTests : BlobStoreContract
{
    protected override IBlobStore Open(HashKind kind, string folder) =>
        new NamedBlobStore(new MemoryBlobStore(kind), LazyIndex.OfSqlite(Path.Join(folder, "index.db"), kind, isDurable: false, TimeProvider.System));
}

[TestFixture]
public sealed class NamedBlobStoreTests
{
    private static readonly byte[] Content = Bytes.Of("content");

    private TempFolder _folder;
    private FakeTimeProvider _time;
    private MemoryBlobStore _blobs;
    private LazyIndex _index;
    private NamedBlobStore _store;

    private Digest Digest => _blobs.HashKind.DigestOf(Content);

    [SetUp]
    public void OpenStore()
    {
        _folder = new TempFolder();
        _time = new FakeTimeProvider();
        _blobs = new MemoryBlobStore(HashKind.Sha256);
        _index = LazyIndex.OfSqlite(_folder["index/index.db"], HashKind.Sha256, isDurable: false, _time);
        _store = new NamedBlobStore(_blobs, _index);
    }

    [TearDown]
    public async Task CloseStore()
    {
        await _index.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_store_without_names_makes_no_index()
    {
        await _store.PutAsync(Content);
        await _store.RemoveAsync(Digest, default);
        (await _store.CollectAsync(DateTimeOffset.MaxValue, default)).Should().Be(0);

        Directory.Exists(_folder["index"]).Should().BeFalse();
    }

    [Test]
    public async Task A_blob_that_came_by_a_name_goes_after_its_last_name_and_the_grace()
    {
        await NameAsync("a", Content);
        await NameAsync("b", Content);
        await RemoveNameAsync("a");
        await RemoveNameAsync("b");
        _time.Advance(TimeSpan.FromMinutes(59));
        (await CollectAsync()).Should().Be(0);
        (await _blobs.HasAsync(Digest)).Should().BeTrue();

        _time.Advance(TimeSpan.FromMinutes(2));

        (await CollectAsync()).Should().Be(1);
        (await _blobs.HasAsync(Digest)).Should().BeFalse();
        (await CollectAsync()).Should().Be(0);
    }

    [Test]
    public async Task A_blob_that_came_by_its_hash_stays()
    {
        await _store.PutAsync(Content);
        await NameAsync("a", Content);
        await RemoveNameAsync("a");
        _time.Advance(TimeSpan.FromDays(1));

        (await CollectAsync()).Should().Be(0);
        (await _blobs.HasAsync(Digest)).Should().BeTrue();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Posting_a_blob_by_its_hash_pins_it(bool together)
    {
        await NameAsync("a", Content);
        await using (var upload = await _store.ReceiveAsync(new MemoryStream(Content), null, default))
            _ = together ? (await _store.CommitAllAsync([upload], default))[0] : await upload.CommitAsync(default);
        await RemoveNameAsync("a");
        _time.Advance(TimeSpan.FromDays(1));

        (await CollectAsync()).Should().Be(0);
        (await _blobs.HasAsync(Digest)).Should().BeTrue();
    }

    [Test]
    public async Task A_blob_that_is_posted_during_the_grace_stays()
    {
        await NameAsync("a", Content);
        await RemoveNameAsync("a");
        await _store.PutAsync(Content);
        _time.Advance(TimeSpan.FromDays(1));

        (await CollectAsync()).Should().Be(0);
        (await _blobs.HasAsync(Digest)).Should().BeTrue();
    }

    [Test]
    public async Task A_blob_that_names_point_at_is_removed_only_with_them()
    {
        await NameAsync("a", Content);

        var remove = async () => await _store.RemoveAsync(Digest, default);
        (await remove.Should().ThrowAsync<BlobInUseException>()).Which.Names.Total.Should().Be(1);

        (await _store.RemoveWithNamesAsync(Digest, default)).Should().BeTrue();
        (await _blobs.HasAsync(Digest)).Should().BeFalse();
        (await FindAsync("a")).Should().BeNull();
    }

    [Test]
    public async Task A_name_is_not_given_to_a_blob_that_is_not_stored()
    {
        (await _store.PointAsync(Name("a"), Digest, "text/plain", _ => true, default)).Should().BeNull();

        (await FindAsync("a")).Should().BeNull();
    }

    [Test]
    public async Task Without_a_name_an_upload_leaves_nothing_that_stays()
    {
        await NameAsync("a", Bytes.Of("other"));

        (await NameAsync("a", Content, before => before is null)).Names.Should().BeNull();

        _time.Advance(TimeSpan.FromHours(2));
        (await CollectAsync()).Should().Be(1);
        (await _blobs.HasAsync(Digest)).Should().BeFalse();
    }

    [Test]
    public async Task An_index_that_cannot_be_read_keeps_names_from_being_set_and_nothing_else()
    {
        await NameAsync("a", Content);
        await _index.DisposeAsync();
        foreach (var file in Directory.GetFiles(_folder["index"]))
            File.Delete(file);
        await File.WriteAllTextAsync(_folder["index/index.db"], new string('x', 10_000));
        _index = LazyIndex.OfSqlite(_folder["index/index.db"], HashKind.Sha256, isDurable: false, _time);
        _store = new NamedBlobStore(_blobs, _index);

        (await _store.OpenAsync(Digest, default)).Should().NotBeNull();
        (await _store.PutAsync(Bytes.Of("new"))).Outcome.Should().Be(CommitOutcome.Created);
        (await ThrowsAsync(() => _store.PutAsync(Content))).IsDamaged.Should().BeTrue("whether a name holds it is not known");
        (await ThrowsAsync(() => _store.RemoveAsync(Digest, default))).IsDamaged.Should().BeTrue();
        (await ThrowsAsync(() => NameAsync("b", Bytes.Of("b")))).IsDamaged.Should().BeTrue();
        (await ThrowsAsync(() => _store.CollectAsync(DateTimeOffset.MaxValue, default))).IsDamaged.Should().BeTrue();
        (await _blobs.HasAsync(_blobs.HashKind.DigestOf(Bytes.Of("b")))).Should().BeFalse("the index is opened before anything is stored");

        static async Task<IndexException> ThrowsAsync(Func<Task> action) => (await action.Should().ThrowAsync<IndexException>()).Which;
    }

    /// <summary>Names, posts, deletions and collections of few blobs at once: no name is ever without its blob, and no posted blob goes.</summary>
    [Test]
    public async Task Whatever_happens_at_once_no_name_is_without_its_blob([Values(1, 2, 3)] int seed)
    {
        byte[][] contents = [.. Enumerable.Range(0, 8).Select(i => Bytes.Of($"blob {i}"))];
        var posted = contents.Take(2).ToArray();
        foreach (var content in posted)
            await _store.PutAsync(content);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(client => Task.Run(async () =>
        {
            var random = new Random(seed * 100 + client);
            for (var i = 0; i < 150; i++)
            {
                var content = contents[random.Next(contents.Length)];
                var name = $"n{random.Next(6)}";
                switch (random.Next(6))
                {
                    case 0 or 1:
                        await NameAsync(name, content);
                        break;
                    case 2:
                        await _store.PointAsync(Name(name), _blobs.HashKind.DigestOf(content), "a/b", _ => true, default);
                        break;
                    case 3:
                        await RemoveNameAsync(name);
                        break;
                    case 4:
                        await _store.CollectAsync(DateTimeOffset.MaxValue, default);
                        break;
                    default:
                        if (content != contents[0] && content != contents[1])
                            await _store.RemoveWithNamesAsync(_blobs.HashKind.DigestOf(content), default);
                        break;
                }

                if (await FindAsync(name) is { } found && await FindAsync(name) == found)
                    await using (var blob = await _store.OpenAsync(found.Digest, default))
                        (blob is not null || await FindAsync(name) != found).Should().BeTrue($"{name} points at {found.Digest}");
            }
        })));

        await foreach (var record in _index.OpenOrCreate().AllAsync(default))
        {
            if (record.Name is not null)
                (await _blobs.HasAsync(record.Digest)).Should().BeTrue();
        }

        foreach (var content in posted)
            (await _blobs.HasAsync(_blobs.HashKind.DigestOf(content))).Should().BeTrue();
        foreach (var i in Enumerable.Range(0, 6))
            await RemoveNameAsync($"n{i}");
        await _store.CollectAsync(DateTimeOffset.MaxValue, default);
        (await _blobs.ListAllAsync(100)).Should().HaveCount(2, "all others came by names");
    }

    private static BlobName Name(string text) => BlobName.TryParse(text, out var name, out var fault) ? name : throw new ArgumentException(fault, nameof(text));

    private async Task<NamingOutcome> NameAsync(string name, byte[] content, Func<NamedBlob?, bool>? mayReplace = null)
    {
        await using var upload = await _store.ReceiveAsync(new MemoryStream(content), null, default);
        return await _store.CommitAsync([new NamedUpload(upload, Name(name), "text/plain", mayReplace ?? (_ => true))], default);
    }

    private async Task<NamedBlob?> FindAsync(string name) => _index.OpenIfThere() is { } index ? await index.FindAsync(Name(name), default) : null;

    private async Task RemoveNameAsync(string name)
    {
        if (_index.OpenIfThere() is { } index)
            await index.RemoveAsync(Name(name), _ => true);
    }

    private Task<int> CollectAsync() => _store.CollectAsync(_time.GetUtcNow() - TimeSpan.FromHours(1), default);
}
