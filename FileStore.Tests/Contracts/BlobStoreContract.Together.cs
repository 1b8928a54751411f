using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Contracts;

/// <summary>Several uploads that are committed together, all or none.</summary>
public abstract partial class BlobStoreContract
{
    [Test]
    public async Task Uploads_are_committed_together()
    {
        var stored = Bytes.Random(100, 1);
        await _store.PutAsync(stored);
        await using var uploads = await ReceiveAsync(_store, Bytes.Random(200, 2), stored, Bytes.Random(0), Bytes.Random(200, 2));

        var outcomes = await _store.CommitAllAsync(uploads.All, CancellationToken.None);

        outcomes.Should().Equal(CommitOutcome.Created, CommitOutcome.AlreadyStored, CommitOutcome.Created, CommitOutcome.AlreadyStored);
        (await _store.ListAllAsync(10)).Should().HaveCount(3);
    }

    [Test]
    public async Task One_upload_is_committed_as_alone()
    {
        await using var uploads = await ReceiveAsync(_store, Bytes.Random(200));

        (await _store.CommitAllAsync(uploads.All, CancellationToken.None)).Should().Equal(CommitOutcome.Created);

        (await _store.GetAsync(uploads.All[0].Digest)).Should().Equal(Bytes.Random(200));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Uploads_with_a_conflict_are_not_stored_and_stored_blobs_stay(bool isAmongThem)
    {
        var store = Open(HashKind.Md5, _folder["md5"]);
        using var _ = store as IDisposable;
        var before = Bytes.Random(50, 3);
        await store.PutAsync(before);
        if (!isAmongThem)
            await store.PutAsync(Md5Collision.One);
        byte[][] contents = isAmongThem
            ? [Bytes.Random(60, 4), before, Md5Collision.One, Md5Collision.Other]
            : [Bytes.Random(60, 4), before, Md5Collision.Other];
        await using var uploads = await ReceiveAsync(store, contents);

        var outcomes = await store.CommitAllAsync(uploads.All, CancellationToken.None);

        outcomes.Should().HaveCount(contents.Length).And.HaveElementAt(contents.Length - 1, CommitOutcome.Conflict);
        (await store.GetAsync(uploads.All[1].Digest)).Should().Equal(before);
        (await store.HasAsync(uploads.All[0].Digest)).Should().BeFalse();
        (await store.GetAsync(uploads.All[2].Digest)).Should().BeEquivalentTo(isAmongThem ? null : Md5Collision.One);
    }

    [Test]
    public async Task An_acknowledged_blob_stays_when_a_concurrent_upload_of_it_fails()
    {
        var store = Open(HashKind.Md5, _folder["md5"]);
        using var _ = store as IDisposable;
        await store.PutAsync(Md5Collision.One);
        for (var round = 0; round < 50; round++)
        {
            var shared = Bytes.Random(1000, 100 + round);
            // A conflict that appears only at the end: the stored content is hidden until the others were verified.
            await using var failing = await ReceiveAsync(store, shared, Md5Collision.One, Md5Collision.Other);
            await using var alone = await ReceiveAsync(store, shared);
            await using var together = await ReceiveAsync(store, Bytes.Random(10, 1000 + round), shared);
            await store.RemoveAsync(failing.All[1].Digest, CancellationToken.None);

            var commits = new[] { failing, alone, together }.Select(uploads => Task.Run(() => store.CommitAllAsync(uploads.All, CancellationToken.None))).ToArray();
            var outcomes = await Task.WhenAll(commits);

            outcomes[0][^1].Should().Be(CommitOutcome.Conflict);
            outcomes[1].Concat(outcomes[2]).Should().NotContain(CommitOutcome.Conflict);
            (await store.GetAsync(alone.All[0].Digest)).Should().Equal(shared);
        }
    }

    private static async Task<Received> ReceiveAsync(IBlobStore store, params byte[][] contents)
    {
        var all = new List<IncomingBlob>();
        foreach (var content in contents)
            all.Add(await store.ReceiveAsync(new MemoryStream(content), content.Length, CancellationToken.None));
        return new Received(all);
    }

    private sealed record Received(IReadOnlyList<IncomingBlob> All) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var upload in All)
                await upload.DisposeAsync();
        }
    }
}
