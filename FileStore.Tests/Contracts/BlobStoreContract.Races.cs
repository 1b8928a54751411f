using FileStore.Core.Blobs;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Contracts;

public abstract partial class BlobStoreContract
{
    [Test]
    public async Task Many_uploads_of_the_same_bytes_at_once_make_one_blob()
    {
        var content = Bytes.Random(200_000);

        var puts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => _store.PutAsync(content))));

        puts.Count(put => put.Outcome == CommitOutcome.Created).Should().Be(1);
        puts.Count(put => put.Outcome == CommitOutcome.AlreadyStored).Should().Be(49);
        (await _store.ListAllAsync(10)).Should().ContainSingle();
        (await _store.GetAsync(puts[0].Digest)).Should().Equal(content);
    }

    [Test]
    public async Task Many_commits_at_one_moment_make_one_blob()
    {
        // All are received before the first commit, so that only the commits race.
        var content = Bytes.Random(10_000);
        var received = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _store.ReceiveAsync(new MemoryStream(content), null, CancellationToken.None)));

        var outcomes = await Task.WhenAll(received.Select(incoming => Task.Run(() => incoming.CommitAsync(CancellationToken.None))));
        foreach (var incoming in received)
            await incoming.DisposeAsync();

        outcomes.Count(outcome => outcome == CommitOutcome.Created).Should().Be(1);
        outcomes.Count(outcome => outcome == CommitOutcome.AlreadyStored).Should().Be(49);
        (await _store.GetAsync(received[0].Digest)).Should().Equal(content);
    }

    [Test]
    public async Task Upload_removal_and_download_of_one_blob_at_once_never_break()
    {
        const int rounds = 300;
        var content = Bytes.Random(3000);
        var digest = Bytes.Sha256(content);
        var created = 0;
        var removed = 0;

        Task Loop(Func<Task> round) => Task.Run(async () =>
        {
            for (var i = 0; i < rounds; i++)
                await round();
        });
        async Task PutAsync()
        {
            if ((await _store.PutAsync(content)).Outcome == CommitOutcome.Created)
                Interlocked.Increment(ref created);
        }

        async Task RemoveAsync()
        {
            if (await _store.RemoveAsync(digest, CancellationToken.None))
                Interlocked.Increment(ref removed);
        }

        async Task GetAsync()
        {
            if (await _store.GetAsync(digest) is { } bytes)
                bytes.AsSpan().SequenceEqual(content).Should().BeTrue("a blob is whole or absent");
        }

        await Task.WhenAll(Loop(PutAsync), Loop(PutAsync), Loop(RemoveAsync), Loop(RemoveAsync), Loop(GetAsync), Loop(GetAsync));

        var listed = await _store.ListAllAsync(10);
        (created - removed).Should().Be(listed.Count, "each creation ends in a removal or in what is left");
        (await _store.HasAsync(digest)).Should().Be(listed.Count == 1);
        (await _store.PutAsync(content)).Outcome.Should().Be(listed.Count == 1 ? CommitOutcome.AlreadyStored : CommitOutcome.Created);
        (await _store.GetAsync(digest)).Should().Equal(content);
    }
}
