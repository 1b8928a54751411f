using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Blobs;

/// <summary>Files that were changed outside the store.</summary>
[TestFixture]
public sealed class DamagedBlobTests
{
    private const string Collided = "79054025255fb1a26e4bc422aef54eb4";

    // Two contents with the same MD5 (Xiaoyun Wang et al., 2004).
    private static byte[] OneOfTwo { get; } = Convert.FromHexString(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
        + "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70");
    private static byte[] OtherOfTwo { get; } = Convert.FromHexString(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5b"
        + "d8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70");

    private StoreFolder _folder;

    [SetUp]
    public void MakeFolder() => _folder = new StoreFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("truncated", true)]
    [TestCase("emptied", false)]
    [TestCase("lengthened", false)]
    [TestCase("flipped", true)]
    [TestCase("link to nothing", false)]
    [TestCase("link to the same bytes", true)]
    [TestCase("FIFO", true)]
    [TestCase("folder", false)]
    public async Task A_damaged_file_is_healed_by_an_upload_of_its_bytes(string damage, bool durable)
    {
        var store = _folder.Open(durable: durable);
        var content = Bytes.Random(300_000);
        var (digest, _) = await store.PutAsync(content);
        Damage(_folder.PathOf(digest), content, damage);

        var (_, outcome) = await store.PutAsync(content);

        outcome.Should().Be(CommitOutcome.Created, "the upload must not be acknowledged on the strength of a name");
        new FileInfo(_folder.PathOf(digest)).LinkTarget.Should().BeNull();
        (await store.GetAsync(digest)).Should().Equal(content);
        (File.GetUnixFileMode(_folder.PathOf(digest)) & UnixFileMode.UserWrite).Should().Be(UnixFileMode.None);
        (await store.PutAsync(content)).Outcome.Should().Be(CommitOutcome.AlreadyStored);
        _folder.Leftovers().Should().BeEmpty();
    }

    [TestCase("link to the same bytes")]
    [TestCase("link to nothing")]
    [TestCase("FIFO")]
    [TestCase("folder")]
    public async Task A_link_FIFO_or_folder_in_a_blobs_place_is_not_found(string damage)
    {
        var store = _folder.Store;
        var content = Bytes.Random(1000);
        var (digest, _) = await store.PutAsync(content);
        Damage(_folder.PathOf(digest), content, damage);

        // On a separate thread: opening a FIFO without O_NONBLOCK would wait for its writer for ever.
        var found = await Task.Run(() => store.GetAsync(digest)).WaitAsync(TimeSpan.FromSeconds(20));

        found.Should().BeNull();
        (await store.ListAllAsync(10)).Should().BeEmpty();
    }

    [Test]
    public async Task A_folder_with_something_in_it_is_moved_out_of_the_way()
    {
        var store = _folder.Store;
        var content = Bytes.Random(1000);
        var (digest, _) = await store.PutAsync(content);
        Damage(_folder.PathOf(digest), content, "folder");
        File.WriteAllText(Path.Join(_folder.PathOf(digest), "somebody's"), "");

        var (_, outcome) = await store.PutAsync(content);

        outcome.Should().Be(CommitOutcome.Created);
        (await store.GetAsync(digest)).Should().Equal(content);
        Directory.GetFiles(_folder.Leftovers().Should().ContainSingle().Subject).Should().ContainSingle();
    }

    [Test]
    public async Task A_removal_that_meets_a_folder_in_a_blobs_place_finds_nothing()
    {
        var store = _folder.Store;
        var content = Bytes.Random(1000);
        var (digest, _) = await store.PutAsync(content);
        Damage(_folder.PathOf(digest), content, "folder");

        (await store.RemoveAsync(digest, CancellationToken.None)).Should().BeFalse();
    }

    [Test]
    public async Task The_target_of_a_link_in_a_blobs_place_is_left_alone()
    {
        var store = _folder.Store;
        var content = Bytes.Of("somebody's");
        var (digest, _) = await store.PutAsync(content);
        Damage(_folder.PathOf(digest), content, "link to the same bytes");

        await store.PutAsync(content);
        await store.RemoveAsync(digest, CancellationToken.None);

        File.ReadAllBytes(_folder.Beside("target")).Should().Equal(content);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Other_bytes_with_the_same_digest_are_a_conflict_and_the_first_stay(bool durable)
    {
        var store = _folder.Open(HashKind.Md5, durable);
        OneOfTwo.Should().NotEqual(OtherOfTwo);

        var first = await store.PutAsync(OneOfTwo);
        var second = await store.PutAsync(OtherOfTwo);
        var firstAgain = await store.PutAsync(OneOfTwo);

        first.Digest.Hex.Should().Be(Collided);
        second.Digest.Hex.Should().Be(Collided);
        first.Outcome.Should().Be(CommitOutcome.Created);
        second.Outcome.Should().Be(CommitOutcome.Conflict);
        firstAgain.Outcome.Should().Be(CommitOutcome.AlreadyStored);
        (await store.GetAsync(first.Digest)).Should().Equal(OneOfTwo);
        _folder.Leftovers().Should().BeEmpty();
    }

    [Test]
    public async Task After_the_first_was_removed_the_other_of_two_colliding_contents_is_welcome()
    {
        var store = _folder.Open(HashKind.Md5);
        var (digest, _) = await store.PutAsync(OneOfTwo);

        await store.RemoveAsync(digest, CancellationToken.None);

        (await store.PutAsync(OtherOfTwo)).Outcome.Should().Be(CommitOutcome.Created);
        (await store.GetAsync(digest)).Should().Equal(OtherOfTwo);
    }

    private void Damage(string path, byte[] content, string damage)
    {
        File.Delete(path);
        switch (damage)
        {
            case "truncated":
                File.WriteAllBytes(path, content[..^1]);
                break;
            case "emptied":
                File.WriteAllBytes(path, []);
                break;
            case "lengthened":
                File.WriteAllBytes(path, [.. content, 0]);
                break;
            case "flipped":
                File.WriteAllBytes(path, [.. content[..^1], (byte)(content[^1] ^ 1)]);
                break;
            case "link to nothing":
                File.CreateSymbolicLink(path, _folder.Beside("nothing"));
                break;
            case "link to the same bytes":
                File.WriteAllBytes(_folder.Beside("target"), content);
                File.CreateSymbolicLink(path, _folder.Beside("target"));
                break;
            case "FIFO":
                Command.Run("/", "mkfifo", path).ExitCode.Should().Be(0);
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
        }
    }
}
