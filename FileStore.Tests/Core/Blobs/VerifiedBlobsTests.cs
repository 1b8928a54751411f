using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Contracts;
using FileStore.Tests.Support;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace FileStore.Tests.Core.Blobs;

/// <summary>Small blobs that are read repeatedly from disk are verified once, until something changes.</summary>
[TestFixture]
public sealed class VerifiedBlobsTests
{
    private TempFolder _folder;
    private FakeTimeProvider _time;
    private MemoryBlobStore _inner;
    private CachedBlobStore _store;
    private Digest _digest;

    [SetUp]
    public async Task MakeStore()
    {
        _folder = new TempFolder();
        _time = new FakeTimeProvider();
        MoveTo(DateTimeOffset.UtcNow.AddMinutes(1)); // new files count as settled then
        _inner = new MemoryBlobStore(HashKind.Sha256) { Stamp = NewStamp() };
        _store = new CachedBlobStore(_inner, capacity: 0, _time); // caches nothing, so each request reads
        _digest = (await _store.PutAsync(Bytes.Of("right"))).Digest;
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task A_file_that_is_as_it_was_is_not_compared_again()
    {
        (await _store.GetAsync(_digest)).Should().Equal(Bytes.Of("right"));
        _inner.Damage(_digest, Bytes.Of("wrong"));

        (await _store.GetAsync(_digest)).Should().Equal(Bytes.Of("wrong"));
    }

    [Test]
    public async Task A_file_that_has_changed_is_compared()
    {
        (await _store.GetAsync(_digest)).Should().Equal(Bytes.Of("right"));
        _inner.Damage(_digest, Bytes.Of("wrong"));
        _inner.Stamp = NewStamp();

        await IsRefused();
        await IsRefused();
    }

    [Test]
    public async Task A_file_that_changed_just_now_is_compared_again_as_it_may_change_within_the_same_tick()
    {
        var settled = DateTimeOffset.FromUnixTimeSeconds(_inner.Stamp!.Value.Changed.Seconds + 2);
        MoveTo(settled.AddMilliseconds(-1));
        (await _store.GetAsync(_digest)).Should().Equal(Bytes.Of("right"));
        _inner.Damage(_digest, Bytes.Of("wrong"));
        await IsRefused();

        _inner.Damage(_digest, Bytes.Of("right"));
        MoveTo(settled);
        (await _store.GetAsync(_digest)).Should().Equal(Bytes.Of("right"));
        _inner.Damage(_digest, Bytes.Of("wrong"));
        (await _store.GetAsync(_digest)).Should().Equal(Bytes.Of("wrong"));
    }

    [TestCase("flipped in place, with its old time")]
    [TestCase("replaced by one of the same length")]
    [TestCase("exchanged with another blob's")]
    [TestCase("cut")]
    public async Task On_a_disk_every_change_shows(string change)
    {
        using var folder = new StoreFolder();
        var store = new CachedBlobStore(folder.Store, capacity: 0, _time);
        var (content, other) = (Bytes.Random(5000, 1), Bytes.Random(5000, 2));
        var (digest, otherDigest) = ((await store.PutAsync(content)).Digest, (await store.PutAsync(other)).Digest);
        var (path, otherPath) = (folder.PathOf(digest), folder.PathOf(otherDigest));
        for (var i = 0; i < 3; i++)
            (await store.GetAsync(digest)).Should().Equal(content);

        Thread.Sleep(20); // the fake clock says that the files are old: wait for a tick of the kernel's clock
        switch (change)
        {
            case "flipped in place, with its old time":
                var time = File.GetLastWriteTimeUtc(path);
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                using (var file = File.OpenWrite(path))
                    file.WriteByte((byte)(content[0] ^ 1));
                File.SetLastWriteTimeUtc(path, time);
                break;
            case "replaced by one of the same length":
                File.WriteAllBytes(folder.Beside("new"), other);
                File.Move(folder.Beside("new"), path, overwrite: true);
                break;
            case "exchanged with another blob's":
                File.Move(path, folder.Beside("kept"));
                File.Move(otherPath, path);
                File.Move(folder.Beside("kept"), otherPath);
                break;
            case "cut":
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                using (var file = File.OpenWrite(path))
                    file.SetLength(4999);
                break;
        }

        var get = () => store.GetAsync(digest);
        (await get.Should().ThrowAsync<BlobStoreException>()).Which.Fault.Should().Be(DiskFault.Failed);
        (await get.Should().ThrowAsync<BlobStoreException>()).Which.Fault.Should().Be(DiskFault.Failed);
    }

    [Test]
    public async Task A_comparison_counts_for_ten_minutes()
    {
        await _store.GetAsync(_digest);
        _inner.Damage(_digest, Bytes.Of("wrong"));

        _time.Advance(VerifiedBlobs.RevalidateAfter - TimeSpan.FromTicks(1));
        (await _store.GetAsync(_digest)).Should().Equal(Bytes.Of("wrong"));
        _time.Advance(TimeSpan.FromTicks(1));

        await IsRefused();
    }

    [Test]
    public async Task A_damaged_blob_is_compared_at_each_request()
    {
        _inner.Damage(_digest, Bytes.Of("wrong"));
        await IsRefused();
        await IsRefused();

        _inner.Damage(_digest, Bytes.Of("right"));

        (await _store.GetAsync(_digest)).Should().Equal(Bytes.Of("right"));
    }

    [Test]
    public async Task A_blob_is_compared_before_it_is_cached()
    {
        var keeping = new CachedBlobStore(_inner, 1 << 20, _time);
        (await keeping.GetAsync(_digest)).Should().Equal(Bytes.Of("right"));
        _inner.Damage(_digest, Bytes.Of("wrong"));

        var get = () => keeping.GetAsync(_digest); // the second request, which would cache it

        await get.Should().ThrowAsync<BlobStoreException>();
    }

    [Test]
    public void Many_are_known_and_none_is_mistaken_for_another()
    {
        const int count = 100_000;
        var compared = new VerifiedBlobs(_time);
        var (some, others) = (Blobs(count, 0), Blobs(count, 1));

        Parallel.ForEach(some, compared.Add);

        others.Count(compared.Contains).Should().Be(0);
        some.Count(compared.Contains).Should().BeGreaterThan(count * 9 / 10);
        some.Take(1000).Count(blob => compared.Contains(new Named(blob.Digest, NewStamp()))).Should().Be(0);
    }

    [Test]
    public void A_blob_without_a_stamp_is_never_remembered()
    {
        var compared = new VerifiedBlobs(_time);
        var blob = new Named(_digest, null);

        compared.Add(blob);

        compared.Contains(blob).Should().BeFalse();
    }

    private void MoveTo(DateTimeOffset moment) => _time.AdjustTime(moment);

    private async Task IsRefused()
    {
        var get = () => _store.GetAsync(_digest);
        (await get.Should().ThrowAsync<BlobStoreException>()).Which.Fault.Should().Be(DiskFault.Failed);
    }

    private Named[] Blobs(int count, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[32];
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            random.NextBytes(bytes);
            return new Named(Digest.FromBytes(HashKind.Sha256, bytes), _inner.Stamp);
        })];
    }

    private FileStamp NewStamp()
    {
        var path = _folder[Guid.NewGuid().ToString()];
        File.WriteAllText(path, "x");
        return FileStamp.Of(path)!.Value;
    }

    private sealed class Named(Digest digest, FileStamp? stamp) : OpenBlob(digest, 5, DateTimeOffset.UnixEpoch)
    {
        internal override FileStamp? Stamp => stamp;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct) => ValueTask.FromResult(0);

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
