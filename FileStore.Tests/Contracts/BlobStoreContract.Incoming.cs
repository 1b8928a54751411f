using FileStore.Core.Blobs;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Contracts;

/// <summary>Uploads that are not committed yet.</summary>
public abstract partial class BlobStoreContract
{
    [Test]
    public async Task An_upload_that_is_not_committed_is_not_stored()
    {
        await using (var incoming = await _store.ReceiveAsync(new MemoryStream(Bytes.Of("half way")), null, CancellationToken.None))
        {
            incoming.Digest.Should().Be(Bytes.Sha256(Bytes.Of("half way")));
            incoming.Size.Should().Be(8);
            (await _store.HasAsync(incoming.Digest)).Should().BeFalse();
            (await _store.ListAllAsync(10)).Should().BeEmpty();
        }

        (await _store.HasAsync(Bytes.Sha256(Bytes.Of("half way")))).Should().BeFalse();
        (await _store.PutAsync(Bytes.Of("half way"))).Outcome.Should().Be(CommitOutcome.Created);
    }

    [TestCase(0)]
    [TestCase(300_000)]
    public async Task An_upload_can_be_read_before_its_commit_and_stays_readable_after_its_removal(int size)
    {
        var content = Bytes.Random(size);
        for (var round = 0; round < 2; round++) // the second round finds it stored
        {
            await using var incoming = await _store.ReceiveAsync(new MemoryStream(content), null, CancellationToken.None);

            await using var opened = await incoming.OpenAsync(CancellationToken.None);

            opened.Should().Match<OpenBlob>(blob => blob.Digest == incoming.Digest && blob.Length == size);
            (await opened.ReadAllAsync()).Should().Equal(content);
            await incoming.CommitAsync(CancellationToken.None);
            await incoming.DisposeAsync();
            await _store.RemoveAsync(incoming.Digest, CancellationToken.None);
            (await opened.ReadAllAsync()).Should().Equal(content);
            if (round == 0)
                await _store.PutAsync(content);
        }
    }

    [Test]
    public async Task A_content_that_breaks_off_leaves_nothing_and_its_exception_comes_through()
    {
        var content = new BreakingStream(Bytes.Random(300_000), new TimeoutException("the client is gone"));

        var receive = () => _store.ReceiveAsync(content, 400_000, CancellationToken.None);

        (await receive.Should().ThrowAsync<TimeoutException>()).WithMessage("the client is gone");
        (await _store.ListAllAsync(10)).Should().BeEmpty();
    }

    [Test]
    public async Task The_stream_stays_the_callers()
    {
        var content = new MemoryStream(Bytes.Of("mine"));

        await using var incoming = await _store.ReceiveAsync(content, null, CancellationToken.None);

        content.CanRead.Should().BeTrue();
    }

    [Test]
    public async Task A_cancelled_token_stops_the_receiving_and_leaves_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        var receive = () => _store.ReceiveAsync(new MemoryStream(Bytes.Random(1000)), null, cancelled.Token);

        await receive.Should().ThrowAsync<OperationCanceledException>();
        (await _store.ListAllAsync(10)).Should().BeEmpty();
    }
}
