using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;
using Serilog.Core;

namespace FileStore.Tests.Core.Blobs;

/// <summary>Concurrent commits of the same blob, one of which fails. Each stops where the others may go wrong.</summary>
[TestFixture]
public sealed class DiskCommitTests
{
    private readonly byte[] _shared = Bytes.Random(1000, 7);
    private TempFolder _folder;
    private DiskBlobStore _store;
    private Shard _shard;
    private string _path;

    [SetUp]
    public async Task OpenStore()
    {
        _folder = new TempFolder();
        _store = DiskBlobStore.Open(new DiskStoreOptions(_folder["store"], HashKind.Sha256), Logger.None);
        await using var upload = await ReceiveAsync();
        (_shard, _path) = (_store.Context.ShardOf(upload.Digest), _store.LocationOf(upload.Digest));
    }

    [TearDown]
    public void CloseStore()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task A_blob_that_a_failed_commit_added_is_removed_with_its_folder()
    {
        var failing = await AddAsync();

        _shard.Release(_path, failing, out var folderRemoved).Should().BeTrue();

        (File.Exists(_path), folderRemoved).Should().Be((false, true));
    }

    [Test]
    public async Task A_blob_that_another_upload_found_stored_stays_when_the_first_commit_fails()
    {
        var failing = await AddAsync();

        (await PutAloneAsync()).Should().Be(CommitOutcome.AlreadyStored);
        _shard.Release(_path, failing, out _);

        File.Exists(_path).Should().BeTrue();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task It_stays_until_the_last_commit_that_counts_on_it_has_failed(bool isFirstToFail)
    {
        var (one, other) = (await AddAsync(), await AddAsync());

        _shard.Release(_path, isFirstToFail ? one : other, out _).Should().BeFalse();
        File.Exists(_path).Should().BeTrue();
        _shard.Release(_path, isFirstToFail ? other : one, out _).Should().BeTrue();
        File.Exists(_path).Should().BeFalse();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task It_stays_if_one_of_them_ends_well(bool isFirstToFail)
    {
        var (one, other) = (await AddAsync(), await AddAsync());
        var (failing, ending) = isFirstToFail ? (one, other) : (other, one);

        _shard.Confirm(_path, ending);
        _shard.Release(_path, failing, out _).Should().BeFalse();

        File.Exists(_path).Should().BeTrue();
    }

    [Test]
    public async Task A_blob_that_was_removed_and_stored_again_survives_the_failed_commit()
    {
        var failing = await AddAsync();
        var digest = Bytes.Sha256(_shared);

        await _store.RemoveAsync(digest, CancellationToken.None);
        (await PutAloneAsync()).Should().Be(CommitOutcome.Created);
        _shard.Release(_path, failing, out _).Should().BeFalse();

        (await _store.HasAsync(digest)).Should().BeTrue();
    }

    [Test]
    public async Task A_repaired_blob_stays_though_the_form_that_repaired_it_fails()
    {
        await PutAloneAsync();
        await File.WriteAllBytesAsync(_path, [1]);

        var failing = await AddAsync();
        _shard.Release(_path, failing, out _).Should().BeFalse();

        (await File.ReadAllBytesAsync(_path)).Should().Equal(_shared, "somebody was told that it is stored");
    }

    [Test]
    public async Task A_commit_that_ended_well_leaves_nothing_to_take_back()
    {
        await using var upload = await ReceiveAsync();
        await _store.CommitAllAsync([upload], CancellationToken.None);

        _shard.Release(_path, new DiskCommit(_store.Context, []), out _).Should().BeFalse();
        (await _store.HasAsync(upload.Digest)).Should().BeTrue();
    }

    /// <summary>A commit that has added or found the shared content and has not ended.</summary>
    private async Task<DiskCommit> AddAsync()
    {
        var commit = new DiskCommit(_store.Context, []);
        await using var upload = await ReceiveAsync();
        upload.Prepare().Should().BeTrue();
        upload.Commit(commit).Should().NotBe(CommitOutcome.Conflict);
        return commit;
    }

    private async Task<CommitOutcome> PutAloneAsync()
    {
        await using var upload = await ReceiveAsync();
        return await upload.CommitAsync(CancellationToken.None);
    }

    private async Task<DiskIncomingBlob> ReceiveAsync() =>
        (DiskIncomingBlob)await _store.ReceiveAsync(new MemoryStream(_shared), null, CancellationToken.None);
}
