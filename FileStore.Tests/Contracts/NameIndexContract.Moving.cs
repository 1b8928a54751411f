using FileStore.Core.Index;
using FluentAssertions;

namespace FileStore.Tests.Contracts;

public abstract partial class NameIndexContract
{
    [Test]
    public async Task A_name_is_moved_with_all_that_it_has()
    {
        await SetAsync("a", 1, size: 5, type: "text/plain");
        var before = await FindAsync("a");
        _time.Advance(TimeSpan.FromMinutes(1));

        (await MoveAsync("a", "b/c")).Should().Be(NameOutcome.Done);

        (await FindAsync("a")).Should().BeNull();
        (await FindAsync("b/c")).Should().Be(before! with { Name = Name("b/c") });
        (await MoveAsync("b/c", "b/c")).Should().Be(NameOutcome.Done);
        (await NamesAsync()).Should().Equal("b/c");
    }

    [Test]
    public async Task A_name_that_is_taken_is_replaced_only_if_told()
    {
        await SetAsync("a", 1);
        await SetAsync("b", 2);

        (await MoveAsync("a", "b")).Should().Be(NameOutcome.Refused);
        (await NamesAsync()).Should().Equal("a", "b");

        (await _index.MoveAsync(Name("a"), Name("b"), keep: false, replace: true)).Should().Be(NameOutcome.Done);
        (await NamesAsync()).Should().Equal("b");
        (await FindAsync("b"))!.Digest.Should().Be(Blob(1));
    }

    [Test]
    public async Task A_copy_leaves_the_old_name()
    {
        await SetAsync("a", 1);

        (await _index.MoveAsync(Name("a"), Name("b"), keep: true, replace: false)).Should().Be(NameOutcome.Done);

        (await NamesAsync()).Should().Equal("a", "b");
        (await _index.NamesOfAsync(Blob(1), 10, default)).Total.Should().Be(2);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_folder_is_moved_or_copied_whole(bool keep)
    {
        string[] inside = ["a/", .. Enumerable.Range(0, 1500).Select(i => $"a/b/{i:d4}")];
        await _index.SetAsync([.. inside.Skip(1).Select((name, i) => Assignment(name, i)), Assignment("a0", 1), Assignment("z", 2)]);

        (await _index.MoveFolderAsync("a/", "x/y/", keep, replace: false)).Should().Be(NameOutcome.Done);

        var moved = inside.Skip(1).Select(name => $"x/y/{name[2..]}");
        (await NamesAsync()).Should().Equal([.. keep ? inside.Skip(1) : [], "a0", .. moved, "z"]);
        (await FindAsync("x/y/b/0007"))!.Digest.Should().Be(Blob(7));
    }

    [Test]
    public async Task A_folder_that_is_there_is_added_to_only_if_told()
    {
        await SetAsync("a/1", 1);
        await SetAsync("a/2", 2);
        await SetAsync("b/2", 3);
        await SetAsync("b/3", 4);

        (await _index.MoveFolderAsync("a/", "b/", keep: false, replace: false)).Should().Be(NameOutcome.Refused);
        (await NamesAsync()).Should().Equal("a/1", "a/2", "b/2", "b/3");

        (await _index.MoveFolderAsync("a/", "b/", keep: false, replace: true)).Should().Be(NameOutcome.Done);
        (await NamesAsync()).Should().Equal("b/1", "b/2", "b/3");
        (await FindAsync("b/2"))!.Digest.Should().Be(Blob(2));
    }

    [Test]
    public async Task A_folder_whose_names_would_be_too_long_is_not_moved()
    {
        await SetAsync($"a/{new string('x', 1000)}", 1);
        await SetAsync("a/b", 2);

        (await _index.MoveFolderAsync("a/", $"{new string('y', 100)}/", keep: false, replace: false)).Should().Be(NameOutcome.TooLong);

        (await FindAsync("a/b")).Should().NotBeNull();
    }
}
