using FluentAssertions;

namespace FileStore.Tests.Contracts;

public abstract partial class NameIndexContract
{
    [Test]
    public async Task A_held_blob_is_released_with_its_last_name()
    {
        await SetAsync("a", 1, isNew: true);
        await SetAsync("b", 1);
        (await _index.IsHeldAsync(Blob(1), default)).Should().BeTrue();

        await RemoveAsync("a");
        (await ReleasedAsync()).Should().BeEmpty();
        await SetAsync("b", 2);

        (await ReleasedAsync()).Should().Equal(Blob(1));
        (await _index.IsHeldAsync(Blob(1), default)).Should().BeTrue();
        (await _index.IsHeldAsync(Blob(2), default)).Should().BeFalse("it was stored before the name came");
    }

    [Test]
    public async Task A_released_blob_that_gets_a_name_is_held_again()
    {
        await SetAsync("a", 1, isNew: true);
        await RemoveAsync("a");

        await SetAsync("b", 1);

        (await ReleasedAsync()).Should().BeEmpty();
        await RemoveAsync("b");
        (await ReleasedAsync()).Should().Equal(Blob(1));
    }

    [Test]
    public async Task A_pinned_blob_is_never_released()
    {
        await SetAsync("pinned before", 1, isNew: true);
        await SetAsync("pinned after", 2, isNew: true);
        await _index.PinAsync(Blob(1));
        await RemoveAsync("pinned before");
        await RemoveAsync("pinned after");
        await _index.PinAsync(Blob(2));
        await SetAsync("found", 3);
        await RemoveAsync("found");

        (await ReleasedAsync()).Should().BeEmpty();
        foreach (var blob in new[] { 1, 2, 3 })
            (await _index.IsHeldAsync(Blob(blob), default)).Should().BeFalse();
    }

    [Test]
    public async Task Released_blobs_come_in_the_order_of_their_time_and_are_forgotten()
    {
        foreach (var blob in new[] { 3, 1, 2 })
        {
            await SetAsync("a", blob, isNew: true);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        await RemoveAsync("a");
        var later = _time.GetUtcNow();

        (await _index.ReleasedAsync(later, 10, default)).Should().Equal(Blob(3), Blob(1));
        (await _index.ReleasedAsync(later, 1, default)).Should().Equal(Blob(3));
        (await ReleasedAsync()).Should().Equal(Blob(3), Blob(1), Blob(2));
        await _index.ForgetAsync(Blob(1));
        (await ReleasedAsync()).Should().Equal(Blob(3), Blob(2));
        (await _index.IsHeldAsync(Blob(1), default)).Should().BeFalse();
    }
}
