using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;
using Serilog.Core;

namespace FileStore.Tests.Core.Blobs;

/// <summary>A store on a file system that becomes read-only, as the kernel does after an error.</summary>
[TestFixture]
[NeedsRoot]
public sealed class ReadOnlyStoreTests
{
    private TempFolder _folder;

    private string Root => Path.Join(_folder.Path, "store");

    [SetUp]
    public void Mount()
    {
        _folder = new TempFolder();
        Command.Run("/", "mount", "-t", "tmpfs", "-o", "size=4m", "filestore-test", _folder.Path).ExitCode.Should().Be(0);
    }

    [TearDown]
    public void Unmount()
    {
        while (Command.Run("/", "umount", "--lazy", _folder.Path).ExitCode == 0)
        {
        }

        _folder.Dispose();
    }

    [Test]
    public void It_cannot_be_opened_and_the_reason_is_said()
    {
        RemountReadOnly();

        var open = () => DiskBlobStore.Open(new DiskStoreOptions(Root, HashKind.Sha256), Logger.None);

        open.Should().Throw<StoreOpenException>().Which.Message.Should().Contain("not writable").And.Contain(Root);
    }

    [Test]
    public async Task A_read_only_store_serves_reads_and_refuses_writes_as_read_only()
    {
        using var store = DiskBlobStore.Open(new DiskStoreOptions(Root, HashKind.Sha256), Logger.None);
        var (digest, _) = await store.PutAsync(Bytes.Of("stored before"));
        RemountReadOnly();

        (await store.GetAsync(digest)).Should().Equal(Bytes.Of("stored before"));
        (await store.ListAllAsync(10)).Should().ContainSingle();
        await ShouldBeReadOnly(() => store.PutAsync(Bytes.Of("new")));
        await ShouldBeReadOnly(() => store.RemoveAsync(digest, CancellationToken.None));
        await ShouldBeReadOnly(() => store.CheckWritableAsync(CancellationToken.None));
    }

    [Test]
    public async Task A_full_disk_is_named_and_leaves_nothing_and_reading_goes_on()
    {
        using var store = DiskBlobStore.Open(new DiskStoreOptions(Root, HashKind.Sha256), Logger.None);
        var (digest, _) = await store.PutAsync(Bytes.Of("stored before"));
        var put = async () => await store.ReceiveAsync(new MemoryStream(Bytes.Random(8 << 20)), null, CancellationToken.None);

        (await put.Should().ThrowAsync<BlobStoreException>()).Which.Fault.Should().Be(DiskFault.NoSpace);

        Directory.GetFileSystemEntries(Path.Join(Root, ".incoming")).Should().BeEmpty();
        (await store.GetAsync(digest)).Should().Equal(Bytes.Of("stored before"));
        (await store.PutAsync(Bytes.Random(100_000))).Outcome.Should().Be(CommitOutcome.Created, "the room came back");
    }

    private void RemountReadOnly()
    {
        // The store's lock is open for writing, so the file system cannot be remounted read-only; a bind mount can.
        Command.Run("/", "mount", "--bind", _folder.Path, _folder.Path).ExitCode.Should().Be(0);
        Command.Run("/", "mount", "-o", "remount,bind,ro", _folder.Path).ExitCode.Should().Be(0);
    }

    private static async Task ShouldBeReadOnly(Func<Task> write) =>
        (await write.Should().ThrowAsync<BlobStoreException>()).Which.Fault.Should().Be(DiskFault.Denied);
}
