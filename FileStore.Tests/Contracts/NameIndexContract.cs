using FileStore.Core.Index;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace FileStore.Tests.Contracts;

/// <summary>The contract of every index of names. A backend is tested by a subclass that opens one.</summary>
public abstract partial class NameIndexContract
{
    private TempFolder _folder;
    private FakeTimeProvider _time;
    private INameIndex _index;

    /// <summary>Opens an index, and makes it if the directory is empty.</summary>
    /// <param name="folder">A directory that is removed after the test.</param>
    /// <param name="time">The clock.</param>
    protected abstract INameIndex Open(string folder, TimeProvider time);

    [SetUp]
    public void OpenIndex()
    {
        _folder = new TempFolder();
        _time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
        _index = Open(_folder.Path, _time);
    }

    [TearDown]
    public async Task CloseIndex()
    {
        await _index.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task An_empty_index_has_nothing()
    {
        (await FindAsync("a")).Should().BeNull();
        (await _index.ListAsync(new NameQuery(), default)).Should().BeEquivalentTo(new NamePage([], [], null));
        (await _index.NamesOfAsync(Blob(1), 10, default)).Total.Should().Be(0);
        (await _index.IsHeldAsync(Blob(1), default)).Should().BeFalse();
        (await RemoveAsync("a")).Should().Be(NameOutcome.Absent);
        (await _index.RemoveFolderAsync("")).Should().Be(0);
        (await MoveAsync("a", "b")).Should().Be(NameOutcome.Absent);
        (await _index.MoveFolderAsync("a/", "b/", keep: false, replace: false)).Should().Be(NameOutcome.Absent);
    }

    [Test]
    public async Task A_name_is_found_as_it_was_set()
    {
        var before = await SetAsync("reports/Отчёт.pdf", 1, size: 12, type: "application/pdf");

        before.Should().BeNull("it is new");
        (await FindAsync("reports/Отчёт.pdf")).Should().Be(new NamedBlob(Name("reports/Отчёт.pdf"), Blob(1), 12, "application/pdf", _time.GetUtcNow()));
        (await FindAsync("reports/отчёт.pdf")).Should().BeNull();
        (await FindAsync("reports")).Should().BeNull();
    }

    [Test]
    public async Task A_name_that_is_set_again_points_at_the_new_blob()
    {
        await SetAsync("a", 1);
        _time.Advance(TimeSpan.FromMinutes(1));

        (await SetAsync("a", 2))!.Digest.Should().Be(Blob(1));

        (await FindAsync("a"))!.Digest.Should().Be(Blob(2));
        (await FindAsync("a"))!.Modified.Should().Be(_time.GetUtcNow());
        (await _index.NamesOfAsync(Blob(1), 10, default)).Total.Should().Be(0);
    }

    [Test]
    public async Task The_same_blob_again_changes_nothing()
    {
        await SetAsync("a", 1);
        var before = await FindAsync("a");
        _time.Advance(TimeSpan.FromMinutes(1));

        await SetAsync("a", 1);

        (await FindAsync("a")).Should().Be(before);
    }

    [Test]
    public async Task Names_are_set_all_or_none()
    {
        await SetAsync("taken", 1);
        IReadOnlyList<NameAssignment> assignments =
            [Assignment("free", 2, isNew: true), Assignment("taken", 3, isNew: true) with { MayReplace = before => before is null }];

        (await _index.SetAsync(assignments)).Should().BeNull();

        (await FindAsync("free")).Should().BeNull();
        (await FindAsync("taken"))!.Digest.Should().Be(Blob(1));
        (await ReleasedAsync()).Should().BeEquivalentTo([Blob(2), Blob(3)], "nothing points at what was stored for them");
    }

    [Test]
    public async Task A_name_that_is_set_twice_at_once_gets_the_last_blob()
    {
        await _index.SetAsync([Assignment("a", 1, isNew: true), Assignment("a", 2, isNew: true)]);

        (await FindAsync("a"))!.Digest.Should().Be(Blob(2));
        (await ReleasedAsync()).Should().Equal(Blob(1));
    }

    [Test]
    public async Task Conditions_see_what_the_name_points_at()
    {
        var seen = new List<NamedBlob?>();
        bool Look(NamedBlob? before)
        {
            seen.Add(before);
            return true;
        }

        await _index.SetAsync([Assignment("a", 1) with { MayReplace = Look }]);
        await _index.SetAsync([Assignment("a", 2) with { MayReplace = Look }]);
        (await _index.RemoveAsync(Name("a"), blob => !Look(blob))).Should().Be(NameOutcome.Refused);

        seen.Select(blob => blob?.Digest).Should().Equal(null, Blob(1), Blob(2));
        (await FindAsync("a")).Should().NotBeNull();
    }

    [Test]
    public async Task A_condition_that_throws_fails_its_own_change_alone()
    {
        var failing = _index.SetAsync([Assignment("bad", 1) with { MayReplace = _ => throw new InvalidOperationException("no") }]);
        var others = Enumerable.Range(0, 50).Select(i => SetAsync($"good/{i}", i)).ToArray();

        await failing.Invoking(task => task).Should().ThrowAsync<InvalidOperationException>();
        await Task.WhenAll(others);
        (await ListAsync(new NameQuery())).Names.Should().HaveCount(50);
    }

    [Test]
    public async Task A_removed_name_is_gone_and_others_stay()
    {
        await SetAsync("a", 1);
        await SetAsync("a/b", 1);

        (await RemoveAsync("a")).Should().Be(NameOutcome.Done);

        (await FindAsync("a")).Should().BeNull();
        (await FindAsync("a/b")).Should().NotBeNull();
        (await RemoveAsync("a")).Should().Be(NameOutcome.Absent);
    }

    [Test]
    public async Task A_folder_is_removed_with_everything_below_it()
    {
        foreach (var name in new[] { "a", "a/b", "a/b/c", "a/b/c/d", "a/b-c", "a0" })
            await SetAsync(name, 1);

        (await _index.RemoveFolderAsync("a/b/")).Should().Be(2);

        (await NamesAsync()).Should().Equal("a", "a/b", "a/b-c", "a0");
        (await _index.RemoveFolderAsync("")).Should().Be(4);
        (await NamesAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task Names_that_point_at_a_blob_are_listed_and_removed()
    {
        foreach (var name in new[] { "b", "c/d", "a" })
            await SetAsync(name, 1);
        await SetAsync("other", 2);

        var names = await _index.NamesOfAsync(Blob(1), 2, default);
        names.Total.Should().Be(3);
        names.Names.Should().Equal(Name("a"), Name("b"));

        (await _index.RemoveNamesOfAsync(Blob(1))).Should().Be(3);
        (await NamesAsync()).Should().Equal("other");
        (await ReleasedAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task All_names_come_in_the_order_of_their_bytes()
    {
        string[] names = ["A", "a", "a-b", "a/b", "a0", "Я", "я", "\uFF21", "😀"];
        foreach (var name in names.Reverse())
            await SetAsync(name, 1);

        (await NamesAsync()).Should().Equal(names);
    }

    [Test]
    public async Task What_was_set_is_there_after_it_is_opened_again()
    {
        await _index.SetAsync([.. Enumerable.Range(0, 2500).Select(i => Assignment($"f/{i:d5}", i, isNew: true))]);
        await RemoveAsync("f/00000");
        var all = await NamesAsync();

        await _index.DisposeAsync();
        _index = Open(_folder.Path, _time);

        (await NamesAsync()).Should().Equal(all).And.HaveCount(2499);
        (await ReleasedAsync()).Should().Equal(Blob(0));
        await SetAsync("f/new", 1);
        (await ListAsync(new NameQuery { Search = "new" })).Names.Should().ContainSingle();
    }

    [Test]
    public async Task Changes_at_once_are_all_made()
    {
        await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => SetAsync($"{i % 7}/{i}", i)));

        (await NamesAsync()).Should().HaveCount(2000);
        await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => RemoveAsync($"{i % 7}/{i}")));
        (await NamesAsync()).Should().BeEmpty();
    }

    private static BlobName Name(string text) => BlobName.TryParse(text, out var name, out var fault) ? name : throw new ArgumentException(fault, nameof(text));

    private static Digest Blob(int number) => HashKind.Sha256.DigestOf(BitConverter.GetBytes(number));

    private static NameAssignment Assignment(string name, int blob, long size = 1, string type = "application/octet-stream", bool isNew = false) =>
        new(Name(name), Blob(blob), size, type, isNew, _ => true);

    private async Task<NamedBlob?> SetAsync(string name, int blob, long size = 1, string type = "application/octet-stream", bool isNew = false) =>
        (await _index.SetAsync([Assignment(name, blob, size, type, isNew)]))!.Single().Before;

    private ValueTask<NamedBlob?> FindAsync(string name) => _index.FindAsync(Name(name), default);

    private Task<NameOutcome> RemoveAsync(string name) => _index.RemoveAsync(Name(name), _ => true);

    private Task<NameOutcome> MoveAsync(string from, string to) => _index.MoveAsync(Name(from), Name(to), keep: false, replace: false);

    private Task<NamePage> ListAsync(NameQuery query) => _index.ListAsync(query, default);

    private Task<IReadOnlyList<Digest>> ReleasedAsync() => _index.ReleasedAsync(DateTimeOffset.MaxValue, 1000, default);

    private async Task<List<IndexRecord>> AllAsync(INameIndex? index = null)
    {
        var records = new List<IndexRecord>();
        await foreach (var record in (index ?? _index).AllAsync(default))
            records.Add(record);
        return records;
    }

    private async Task<List<string>> NamesAsync()
    {
        var names = new List<string>();
        await foreach (var record in _index.AllAsync(default))
        {
            if (record.Name is { } name)
                names.Add(name.Text);
        }

        return names;
    }
}
