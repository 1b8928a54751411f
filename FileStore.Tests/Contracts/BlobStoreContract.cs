using System.Text;
using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Contracts;

/// <summary>The contract of every blob store. A backend is tested by a subclass that opens one.</summary>
public abstract partial class BlobStoreContract
{
    private TempFolder _folder;
    private IBlobStore _store;

    /// <summary>Opens an empty store.</summary>
    /// <param name="kind">Its hash.</param>
    /// <param name="folder">An empty directory that is removed after the test.</param>
    protected abstract IBlobStore Open(HashKind kind, string folder);

    [SetUp]
    public void OpenStore()
    {
        _folder = new TempFolder();
        _store = Open(HashKind.Sha256, _folder.Path);
    }

    [TearDown]
    public void CloseStore()
    {
        (_store as IDisposable)?.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task An_empty_store_has_nothing()
    {
        var digest = Bytes.Sha256(Bytes.Of("never stored"));

        (await _store.HasAsync(digest)).Should().BeFalse();
        (await _store.RemoveAsync(digest, CancellationToken.None)).Should().BeFalse();
        (await _store.ListAllAsync(10)).Should().BeEmpty();
    }

    [Test]
    public async Task A_store_that_works_says_that_it_is_writable_and_stays_empty()
    {
        await _store.CheckWritableAsync(CancellationToken.None);

        (await _store.ListAllAsync(10)).Should().BeEmpty();
    }

    [Test]
    public async Task A_stored_blob_is_found_listed_and_removed()
    {
        var content = Bytes.Of("Привет, мир\n");

        var (digest, outcome) = await _store.PutAsync(content);

        outcome.Should().Be(CommitOutcome.Created);
        digest.Should().Be(Bytes.Sha256(content));
        (await _store.GetAsync(digest)).Should().Equal(content);
        (await _store.ListAllAsync(10)).Should().ContainSingle().Which.Should().Match<BlobInfo>(b => b.Digest == digest && b.Size == content.Length);
        (await _store.RemoveAsync(digest, CancellationToken.None)).Should().BeTrue();
        (await _store.HasAsync(digest)).Should().BeFalse();
        (await _store.ListAllAsync(10)).Should().BeEmpty();
    }

    [Test]
    public async Task A_second_put_of_the_same_bytes_keeps_the_one_copy()
    {
        var content = Bytes.Random(5000);

        await _store.PutAsync(content);
        var (digest, outcome) = await _store.PutAsync(content);

        outcome.Should().Be(CommitOutcome.AlreadyStored);
        (await _store.ListAllAsync(10)).Should().ContainSingle();
        (await _store.GetAsync(digest)).Should().Equal(content);
    }

    [Test]
    public async Task The_second_removal_finds_nothing_and_the_bytes_can_come_again()
    {
        var (digest, _) = await _store.PutAsync(Bytes.Of("again"));

        (await _store.RemoveAsync(digest, CancellationToken.None)).Should().BeTrue();
        (await _store.RemoveAsync(digest, CancellationToken.None)).Should().BeFalse();
        (await _store.PutAsync(Bytes.Of("again"))).Outcome.Should().Be(CommitOutcome.Created);
        (await _store.GetAsync(digest)).Should().Equal(Bytes.Of("again"));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4096)]
    [TestCase(16 << 10)]
    [TestCase((16 << 10) + 1)]
    [TestCase(128 << 10)]
    [TestCase((128 << 10) + 1)]
    [TestCase(256 << 10)]
    [TestCase((256 << 10) + 1)]
    [TestCase(3_000_000)]
    public async Task Every_length_comes_back_exact(int length)
    {
        var content = Bytes.Random(length);

        var (digest, _) = await _store.PutAsync(content);

        await using var blob = (await _store.OpenAsync(digest, CancellationToken.None))!;
        blob.Length.Should().Be(length);
        blob.Digest.Should().Be(digest);
        (await blob.ReadAllAsync(pieceSize: 100_003)).AsSpan().SequenceEqual(content).Should().BeTrue();
        (await _store.ListAllAsync(10)).Should().ContainSingle().Which.Size.Should().Be(length);
    }

    [TestCase(0, 10)]
    [TestCase(1, 1)]
    [TestCase(4095, 2)]
    [TestCase(99_990, 10)]
    [TestCase(99_990, 500)]
    [TestCase(100_000, 10)]
    [TestCase(100_001, 10)]
    [TestCase(long.MaxValue - 10, 10)]
    public async Task A_part_is_read_from_its_offset(long offset, int length)
    {
        var content = Bytes.Random(100_000);
        var (digest, _) = await _store.PutAsync(content);
        var expected = content.Skip((int)Math.Min(offset, content.Length)).Take(length).ToArray();

        await using var blob = (await _store.OpenAsync(digest, CancellationToken.None))!;
        var part = new byte[length];
        var filled = 0;
        int count;
        while (filled < length && (count = await blob.ReadAsync(offset + filled, part.AsMemory(filled), CancellationToken.None)) > 0)
            filled += count;

        part[..filled].Should().Equal(expected);
    }

    [Test]
    public async Task An_open_blob_stays_readable_after_its_removal()
    {
        var content = Bytes.Random(1_000_000);
        var (digest, _) = await _store.PutAsync(content);

        await using var blob = (await _store.OpenAsync(digest, CancellationToken.None))!;
        await _store.RemoveAsync(digest, CancellationToken.None);

        (await _store.HasAsync(digest)).Should().BeFalse();
        (await blob.ReadAllAsync()).AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    [Test]
    public async Task A_blob_asked_for_again_and_again_is_the_same_each_time()
    {
        var content = Bytes.Random(70_000);
        var (digest, _) = await _store.PutAsync(content);

        for (var i = 0; i < 5; i++)
            (await _store.GetAsync(digest)).Should().Equal(content);
    }

    [Test]
    public void Every_blob_has_a_location_of_its_own()
    {
        var (one, other) = (Bytes.Sha256(Bytes.Of("one")), Bytes.Sha256(Bytes.Of("other")));

        _store.LocationOf(one).Should().Contain(one.Hex).And.Be(_store.LocationOf(one)).And.NotBe(_store.LocationOf(other));
    }

    // From FIPS 180-4 and RFC 1321.
    [TestCase("md5", "", "d41d8cd98f00b204e9800998ecf8427e")]
    [TestCase("md5", "abc", "900150983cd24fb0d6963f7d28e17f72")]
    [TestCase("sha1", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [TestCase("sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [TestCase("sha256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [TestCase("sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [TestCase("sha512", "", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e")]
    [TestCase("sha512", "abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")]
    public async Task Blobs_are_named_by_the_stores_hash(string kindName, string text, string hex)
    {
        HashKind.TryParse(kindName, out var kind).Should().BeTrue();
        var store = Open(kind!, _folder[kindName]);
        using var _ = store as IDisposable;

        var (digest, outcome) = await store.PutAsync(Encoding.ASCII.GetBytes(text));

        store.HashKind.Should().BeSameAs(kind);
        digest.Hex.Should().Be(hex);
        outcome.Should().Be(CommitOutcome.Created);
        (await store.GetAsync(digest)).Should().Equal(Encoding.ASCII.GetBytes(text));
    }

    /// <summary>Returns its bytes, then throws instead of ending.</summary>
    private sealed class BreakingStream(byte[] bytes, Exception end) : ReadOnlyStream
    {
        private int _given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(buffer.Length, bytes.Length - _given);
            if (count == 0)
                throw end;
            bytes.AsSpan(_given, count).CopyTo(buffer.Span);
            _given += count;
            return ValueTask.FromResult(count);
        }
    }
}
