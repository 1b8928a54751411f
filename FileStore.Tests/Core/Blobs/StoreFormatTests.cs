using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Blobs;

/// <summary>What makes a directory a store: its marker, its lock, and directories that it did not create.</summary>
[TestFixture]
public sealed class StoreFormatTests
{
    private StoreFolder _folder;

    [SetUp]
    public void MakeFolder() => _folder = new StoreFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    private string Marker => Path.Join(_folder.Root, ".filestore.json");

    [TestCase("md5")]
    [TestCase("sha1")]
    [TestCase("sha256")]
    [TestCase("sha512")]
    public void A_new_store_is_marked_with_its_hash(string kind)
    {
        _folder.Open(Kind(kind));

        File.ReadAllText(Marker).Should().Be($"{{\"format\":1,\"hash\":\"{kind}\"}}\n");
    }

    [Test]
    public void Another_hash_than_the_stores_is_refused_in_one_clear_line()
    {
        _folder.Open(HashKind.Sha1);

        var message = Refusal(() => _folder.Open(HashKind.Sha256));

        message.Should().Contain("sha1").And.Contain("sha256").And.Contain("--hash sha1").And.Contain(_folder.Root).And.NotContain("\n");
        File.ReadAllText(Marker).Should().Contain("sha1");
    }

    [Test]
    public async Task A_store_of_the_source_system_is_served_as_it_lies()
    {
        LeaveUnmarkedMd5Store();

        var store = _folder.Open(HashKind.Md5);

        Digest.TryParse(HashKind.Md5, "900150983cd24fb0d6963f7d28e17f72", out var digest).Should().BeTrue();
        (await store.GetAsync(digest)).Should().Equal(Bytes.Of("abc"));
        (await store.ListAllAsync(10)).Select(blob => blob.Digest).Should().Equal(digest);
        (await store.PutAsync(Bytes.Of("abc"))).Outcome.Should().Be(CommitOutcome.AlreadyStored);
        File.ReadAllText(Marker).Should().Contain("md5");
    }

    [Test]
    public void A_store_of_the_source_system_is_refused_with_another_hash_and_left_unmarked()
    {
        LeaveUnmarkedMd5Store();

        var message = Refusal(() => _folder.Open(HashKind.Sha256));

        message.Should().Contain("--hash md5").And.NotContain("\n");
        File.Exists(Marker).Should().BeFalse();
        _folder.Open(HashKind.Md5).HashKind.Should().BeSameAs(HashKind.Md5, "the refusal must not have fixed anything");
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("\"sha256\"")]
    [TestCase("{}")]
    [TestCase("{\"format\":1}")]
    [TestCase("{\"format\":1,\"hash\":null}")]
    [TestCase("{\"format\":1,\"hash\":7}")]
    [TestCase("{\"format\":1,\"hash\":\"crc32\"}")]
    [TestCase("{\"format\":\"one\",\"hash\":\"sha256\"}")]
    [TestCase("{\"format\":1.5,\"hash\":\"sha256\"}")]
    [TestCase("{\"format\":99999999999,\"hash\":\"sha256\"}")]
    [TestCase("{\"format\":1,\"hash\":\"sha256\",\"hash\":\"md5\"}")]
    [TestCase("{\"format\":1,\"hash\":\"\\ud800\"}")]
    public void A_damaged_marker_is_refused_by_name(string text)
    {
        _folder.Open();
        _folder.Close();
        File.WriteAllText(Marker, text);

        Refusal(() => _folder.Open()).Should().Contain(Marker).And.Contain("damaged").And.NotContain("\n");

        File.ReadAllText(Marker).Should().Be(text, "what it once said may still be wanted");
    }

    [TestCase(0)]
    [TestCase(2)]
    public void A_format_that_is_not_known_is_refused_by_number(int format)
    {
        Directory.CreateDirectory(_folder.Root);
        File.WriteAllText(Marker, $"{{\"format\":{format},\"hash\":\"sha256\"}}");

        Refusal(() => _folder.Open()).Should().Contain($"format {format}").And.Contain(Marker);
    }

    [Test]
    public void A_second_daemon_is_kept_out_until_the_first_lets_go()
    {
        using var first = DiskBlobStore.Open(new DiskStoreOptions(_folder.Root, HashKind.Sha256), Serilog.Core.Logger.None);

        Refusal(() => _folder.Open()).Should().Contain("in use").And.Contain($"pid {Environment.ProcessId}");

        first.Dispose();
        _folder.Open().HashKind.Should().BeSameAs(HashKind.Sha256);
    }

    [Test]
    public void A_refused_opening_lets_go_of_the_lock()
    {
        _folder.Open(HashKind.Sha1);
        Refusal(() => _folder.Open(HashKind.Sha256));

        _folder.Open(HashKind.Sha1).HashKind.Should().BeSameAs(HashKind.Sha1);
    }

    [Test]
    public async Task Leftovers_of_a_crash_go_at_the_next_opening_and_nothing_else_does()
    {
        var (digest, _) = await _folder.Store.PutAsync(Bytes.Of("a blob"));
        var incoming = Path.Join(_folder.Root, ".incoming");
        File.WriteAllText(Path.Join(incoming, "0123.tmp"), "unfinished");
        File.WriteAllText(Path.Join(incoming, "of any name"), "unfinished");
        File.WriteAllText(Path.Join(_folder.Root, "note.tmp"), "an admin's");
        File.WriteAllText(Path.Join(_folder.Root, digest.Hex[..2], "note.tmp"), "an admin's");
        File.WriteAllText(_folder.Beside("target"), "an admin's");
        File.CreateSymbolicLink(Path.Join(incoming, "link"), _folder.Beside("target"));

        var store = _folder.Open();

        _folder.Leftovers().Should().BeEmpty();
        _folder.VisibleNames().Should().Equal(new[] { "note.tmp", digest.Hex[..2], $"{digest.Hex[..2]}/{digest.Hex}", $"{digest.Hex[..2]}/note.tmp" }
            .Order(StringComparer.Ordinal));
        File.Exists(_folder.Beside("target")).Should().BeTrue();
        (await store.GetAsync(digest)).Should().Equal(Bytes.Of("a blob"));
    }

    [Test]
    public void A_file_where_the_store_should_be_is_refused_by_path()
    {
        File.WriteAllText(_folder.Root, "");

        Refusal(() => _folder.Open()).Should().Contain("is not a directory").And.Contain(_folder.Root).And.NotContain("\n");
    }

    private void LeaveUnmarkedMd5Store()
    {
        Directory.CreateDirectory(Path.Join(_folder.Root, "90"));
        File.WriteAllText(Path.Join(_folder.Root, "90", "900150983cd24fb0d6963f7d28e17f72"), "abc");
        File.WriteAllText(Path.Join(_folder.Root, ".gitkeep"), "");
    }

    private static HashKind Kind(string name) => HashKind.TryParse(name, out var kind) ? kind : throw new ArgumentException(name);

    private static string Refusal(Action open) => open.Should().Throw<StoreOpenException>().Which.Message;
}
