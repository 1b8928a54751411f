using FileStore.Core.Index;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Contracts;

public abstract partial class NameIndexContract
{
    [Test]
    public async Task All_that_it_knows_can_be_put_into_another_index()
    {
        await SetAsync("held", 1, size: 7, type: "text/plain", isNew: true);
        await SetAsync("pinned", 2);
        await SetAsync("gone", 3, isNew: true);
        await RemoveAsync("gone");
        var all = await AllAsync();
        using var folder = new TempFolder();
        await using var other = Open(folder.Path, _time);

        (await other.ImportAsync(all, replace: false)).Should().Be(new ImportOutcome(2, 0, 0));

        (await AllAsync(other)).Should().Equal(all);
        (await other.IsHeldAsync(Blob(1), default)).Should().BeTrue();
        (await other.IsHeldAsync(Blob(2), default)).Should().BeFalse();
        (await other.ReleasedAsync(DateTimeOffset.MaxValue, 10, default)).Should().Equal(Blob(3));
    }

    [TestCase(false, 1)]
    [TestCase(true, 2)]
    public async Task An_import_replaces_names_only_if_told(bool replace, int expected)
    {
        await SetAsync("a", 2);
        var records = await AllAsync();
        await SetAsync("a", 1, isNew: true);

        (await _index.ImportAsync(records, replace)).Should().Be(new ImportOutcome(0, replace ? 1 : 0, replace ? 0 : 1));

        (await FindAsync("a"))!.Digest.Should().Be(Blob(expected));
        (await ReleasedAsync()).Should().Equal(replace ? [Blob(1)] : []);
    }

    [Test]
    public async Task A_snapshot_is_an_index_of_that_moment()
    {
        await SetAsync("a", 1, isNew: true);
        var all = await AllAsync();
        var copy = Directory.CreateDirectory(_folder["copy/index"]).FullName;

        await _index.SnapshotAsync(Path.Join(copy, "index.db"), default);
        await _index.SnapshotAsync(Path.Join(copy, "index.db"), default);
        await SetAsync("b", 2);

        Directory.GetFiles(copy).Should().ContainSingle();
        await using var opened = Open(_folder["copy"], _time);
        (await AllAsync(opened)).Should().Equal(all);
    }
}
