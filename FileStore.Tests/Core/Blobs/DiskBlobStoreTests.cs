using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Blobs;

[TestFixture]
public sealed class DiskBlobStoreTests
{
    private StoreFolder _folder;

    [SetUp]
    public void MakeFolder() => _folder = new StoreFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task Of_many_files_that_have_come_few_stay_open_and_all_are_stored()
    {
        var store = _folder.Open(durable: true);
        var incoming = new List<IncomingBlob>();
        for (var i = 0; i < 100; i++)
            incoming.Add(await store.ReceiveAsync(new MemoryStream(Bytes.Of($"{i}")), null, CancellationToken.None));

        Directory.GetFileSystemEntries("/proc/self/fd").Count(open => ProcessUse.TargetOf(open).StartsWith(_folder.Root, StringComparison.Ordinal))
            .Should().BeInRange(64, 66, "those and the store's lock");

        foreach (var blob in incoming)
        {
            (await blob.CommitAsync(CancellationToken.None)).Should().Be(CommitOutcome.Created);
            await blob.DisposeAsync();
        }

        (await store.ListAllAsync(1000)).Should().HaveCount(100);
        _folder.Leftovers().Should().BeEmpty();
    }

    [Test]
    public async Task A_blob_is_a_plain_file_in_the_folder_of_its_first_two_digits()
    {
        var (digest, _) = await _folder.Store.PutAsync(Bytes.Of("plain"));

        _folder.VisibleNames().Should().Equal(digest.Hex[..2], $"{digest.Hex[..2]}/{digest.Hex}");
        File.ReadAllText(_folder.PathOf(digest)).Should().Be("plain");
    }

    [Test]
    public async Task A_blobs_file_is_not_writable()
    {
        var (digest, _) = await _folder.Store.PutAsync(Bytes.Of("for ever"));

        var mode = File.GetUnixFileMode(_folder.PathOf(digest));

        mode.Should().HaveFlag(UnixFileMode.UserRead);
        (mode & (UnixFileMode)0x92).Should().Be(UnixFileMode.None, "0222 is what writing needs");
    }

    [TestCase(0, true)]
    [TestCase(1, true)]
    [TestCase(16 << 10, true)]
    [TestCase((16 << 10) + 1, false)]
    public async Task A_small_file_is_read_when_it_is_opened(int length, bool isRead)
    {
        var content = Bytes.Random(length);
        var (digest, _) = await _folder.Store.PutAsync(content);

        await using var blob = (await _folder.Store.OpenAsync(digest, CancellationToken.None))!;

        blob.InMemory.HasValue.Should().Be(isRead);
        if (isRead)
            blob.InMemory!.Value.ToArray().Should().Equal(content);
        blob.Stamp.Should().Be(FileStamp.Of(_folder.PathOf(digest)), "what was compared is known by it");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_folder_goes_with_its_last_blob(bool durable)
    {
        var store = _folder.Open(durable: durable);
        var pair = Bytes.InOneShard(2);
        var first = (await store.PutAsync(pair[0])).Digest;
        var second = (await store.PutAsync(pair[1])).Digest;

        await store.RemoveAsync(first, CancellationToken.None);
        var between = _folder.VisibleNames();
        await store.RemoveAsync(second, CancellationToken.None);

        between.Should().Equal(second.Hex[..2], $"{second.Hex[..2]}/{second.Hex}");
        _folder.VisibleNames().Should().BeEmpty();
    }

    [TestCase(true, 150)]
    [TestCase(false, 1500)]
    public async Task Removing_the_last_blob_never_hurts_an_upload_into_the_same_folder(bool durable, int rounds)
    {
        var store = _folder.Open(durable: durable);

        // Each task has its own blob: whatever the others do to the directory, the blob exists until its task removes it.
        await Task.WhenAll(Bytes.InOneShard(4).Select(content => Task.Run(async () =>
        {
            for (var i = 0; i < rounds; i++)
            {
                var (digest, outcome) = await store.PutAsync(content);
                outcome.Should().Be(CommitOutcome.Created);
                (await store.GetAsync(digest)).Should().Equal(content);
                (await store.RemoveAsync(digest, CancellationToken.None)).Should().BeTrue();
            }
        })));

        _folder.VisibleNames().Should().BeEmpty();
        _folder.Leftovers().Should().BeEmpty();
    }

    [Test]
    public async Task A_blobs_location_is_the_absolute_path_of_its_file()
    {
        var (digest, _) = await _folder.Store.PutAsync(Bytes.Of("where am I?"));

        var path = _folder.Store.LocationOf(digest);

        Path.IsPathFullyQualified(path).Should().BeTrue();
        (await File.ReadAllBytesAsync(path)).Should().Equal(Bytes.Of("where am I?"));
    }

    [Test]
    public async Task Uploads_that_end_in_any_way_leave_nothing_behind()
    {
        var store = _folder.Store;
        await store.PutAsync(Bytes.Of("kept"));
        await store.PutAsync(Bytes.Of("kept"));
        await (await store.ReceiveAsync(new MemoryStream([1, 2, 3]), null, CancellationToken.None)).DisposeAsync();
        var tooLong = new LimitedReadStream(new MemoryStream(Bytes.Random(1_000_000)), 500_000);
        await FluentActions.Awaiting(() => store.ReceiveAsync(tooLong, null, CancellationToken.None)).Should().ThrowAsync<LimitExceededException>();
        await store.CheckWritableAsync(CancellationToken.None);

        _folder.Leftovers().Should().BeEmpty();
        _folder.VisibleNames().Should().HaveCount(2);
    }

    [Test]
    public async Task An_upload_with_no_room_for_its_announced_length_is_refused_unread()
    {
        var content = new MemoryStream([1, 2, 3]);

        var receive = () => _folder.Store.ReceiveAsync(content, long.MaxValue, CancellationToken.None);

        (await receive.Should().ThrowAsync<BlobStoreException>()).Which.Fault.Should().Be(DiskFault.NoSpace);
        content.Position.Should().Be(0);
        _folder.Leftovers().Should().BeEmpty();
    }

    [Test]
    public async Task The_stores_blobs_are_there_after_it_was_opened_again()
    {
        var (digest, _) = await _folder.Store.PutAsync(Bytes.Of("lasting"));

        var again = _folder.Open();

        (await again.GetAsync(digest)).Should().Equal(Bytes.Of("lasting"));
        (await again.PutAsync(Bytes.Of("lasting"))).Outcome.Should().Be(CommitOutcome.AlreadyStored);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_store_whose_folder_is_gone_is_unavailable_and_is_not_made_anew(bool emptyInItsPlace)
    {
        var store = _folder.Store;
        var (digest, _) = await store.PutAsync(Bytes.Of("moved away"));
        Directory.Move(_folder.Root, _folder.Beside("elsewhere"));
        if (emptyInItsPlace)
            Directory.CreateDirectory(_folder.Root); // as below a mount point

        Func<Task>[] uses =
        [
            () => store.PutAsync(Bytes.Of("new")),
            () => store.CheckWritableAsync(CancellationToken.None),
            () => store.HasAsync(digest), // it must not be reported as missing
            () => store.RemoveAsync(digest, CancellationToken.None),
            () => store.ListAsync(null, 10, CancellationToken.None),
        ];

        foreach (var use in uses)
            (await use.Should().ThrowAsync<BlobStoreException>()).Which.Fault.Should().Be(DiskFault.Unavailable);
        Directory.Exists(_folder.Root).Should().Be(emptyInItsPlace);
        if (emptyInItsPlace)
            Directory.GetFileSystemEntries(_folder.Root).Should().BeEmpty();
    }
}
