using System.Text;
using FileStore.Core.Index;
using FluentAssertions;

namespace FileStore.Tests.Contracts;

public abstract partial class NameIndexContract
{
    private static readonly string[] Tree = ["a", "a/1", "a/2", "a-b/x", "a/b/3", "a/b/c/4", "b/5", "c", "Ж/щука.TXT", "ж/щ"];

    [Test]
    public async Task A_folder_shows_its_names_and_folders_once()
    {
        await SetTreeAsync();

        var top = await ListAsync(new NameQuery { ByFolder = true });
        Texts(top).Should().Equal("a", "c");
        top.Folders.Should().Equal("a-b/", "a/", "b/", "Ж/", "ж/");

        var folder = await ListAsync(new NameQuery { ByFolder = true, Prefix = "a/" });
        Texts(folder).Should().Equal("a/1", "a/2");
        folder.Folders.Should().Equal("a/b/");

        var part = await ListAsync(new NameQuery { ByFolder = true, Prefix = "a" });
        Texts(part).Should().Equal("a");
        part.Folders.Should().Equal("a-b/", "a/");
    }

    [Test]
    public async Task A_folder_is_gone_with_its_last_name(
        [Values] NameOrder order)
    {
        await SetTreeAsync();
        await _index.RemoveFolderAsync("a/b/");

        (await ListAsync(new NameQuery { ByFolder = true, Prefix = "a/", Order = order })).Folders.Should().BeEmpty();
    }

    [Test]
    public async Task Searches_find_a_text_in_any_case_and_script()
    {
        await SetTreeAsync();

        Texts(await ListAsync(new NameQuery { Search = "ЩУКА.t" })).Should().Equal("Ж/щука.TXT");
        Texts(await ListAsync(new NameQuery { Search = "щ" })).Should().Equal("Ж/щука.TXT", "ж/щ");
        Texts(await ListAsync(new NameQuery { Search = "/B/", Prefix = "a/" })).Should().Equal("a/b/3", "a/b/c/4");
        Texts(await ListAsync(new NameQuery { Search = "\"" })).Should().BeEmpty();
        Texts(await ListAsync(new NameQuery { Search = "a\" OR \"b" })).Should().BeEmpty();
    }

    [Test]
    public async Task A_search_follows_every_change()
    {
        await SetAsync("deep/needle-1", 1);
        await SettleAsync();
        await SetAsync("deep/needle-2", 2);
        await MoveAsync("deep/needle-1", "moved/NEEDLE-3");

        Texts(await ListAsync(new NameQuery { Search = "needle" })).Should().Equal("deep/needle-2", "moved/NEEDLE-3");
        await SettleAsync();
        Texts(await ListAsync(new NameQuery { Search = "needle" })).Should().Equal("deep/needle-2", "moved/NEEDLE-3");
        await RemoveAsync("deep/needle-2");
        Texts(await ListAsync(new NameQuery { Search = "needle" })).Should().Equal("moved/NEEDLE-3");
    }

    /// <summary>Every page of random questions is compared with a list that is sorted and cut here.</summary>
    [Test]
    public async Task Pages_of_every_order_show_each_name_once([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        var model = await FillAsync(random);
        for (var i = 0; i < 150; i++)
        {
            var query = new NameQuery
            {
                Prefix = random.Next(3) == 0 ? "" : Cut(random, Pick(random, model).Name.Text),
                ByFolder = random.Next(2) == 0,
                Search = random.Next(3) == 0 ? Piece(random, Pick(random, model).Name.Text) : null,
                Order = (NameOrder)random.Next(3),
                Descending = random.Next(2) == 0,
                Limit = random.Next(1, 30),
            };
            var (names, folders) = Expected(model, query);

            var listed = await AllPagesAsync(query);

            Texts(listed).Should().Equal(names, $"{query}");
            listed.Folders.Should().Equal(folders, $"{query}");
        }
    }

    [Test]
    public async Task Pages_go_on_where_they_ended_whatever_was_removed()
    {
        await _index.SetAsync([.. Enumerable.Range(0, 30).Select(i => Assignment($"{i:d2}", i))]);
        foreach (var order in Enum.GetValues<NameOrder>())
        {
            var first = await ListAsync(new NameQuery { Order = order, Limit = 10 });
            await RemoveAsync(first.Names[^1].Name.Text);
            var second = await ListAsync(new NameQuery { Order = order, Limit = 100, After = first.Next });
            second.Names.Should().HaveCount((await NamesAsync()).Count - 9);
            second.Names.Should().NotIntersectWith(first.Names);
        }
    }

    [Test]
    public async Task A_name_that_does_not_exist_is_a_cursor_too()
    {
        await SetTreeAsync();

        Texts(await ListAsync(new NameQuery { After = "a/1x" })).Should().Equal("a/2", "a/b/3", "a/b/c/4", "b/5", "c", "Ж/щука.TXT", "ж/щ");
        Texts(await ListAsync(new NameQuery { After = "a/1x", Descending = true })).Should().Equal("a/1", "a-b/x", "a");
        Texts(await ListAsync(new NameQuery { After = "zzz", Prefix = "a" })).Should().BeEmpty();
        Texts(await ListAsync(new NameQuery { After = "A", Prefix = "b" })).Should().Equal("b/5");
    }

    [TestCase("x")]
    [TestCase("!")]
    [TestCase("MSAy")] // "1 2", and the next is cut
    [TestCase("MSA")]
    public async Task Cursors_of_another_order_are_refused_or_harmless(string cursor)
    {
        await SetTreeAsync();
        foreach (var query in new[] { new NameQuery { Order = NameOrder.Size }, new NameQuery { Order = NameOrder.Modified, ByFolder = true } })
        {
            var list = async () => await ListAsync(query with { After = cursor });
            if (cursor != "MSAy")
                await list.Should().ThrowAsync<NameQueryException>();
            else
                await list.Should().NotThrowAsync();
        }
    }

    /// <summary>Waits until what an index does when it is idle is done.</summary>
    protected virtual Task SettleAsync() => Task.Delay(500);

    private async Task SetTreeAsync()
    {
        foreach (var name in Tree)
            await SetAsync(name, 1);
    }

    private async Task<List<NamedBlob>> FillAsync(Random random)
    {
        string[] segments = ["a", "b", "ab", "a-b", "a.txt", "B", "Ж", "жук", "é", "😀", "\uFF21", "x y", "0"];
        var names = Enumerable.Range(0, 400).Select(_ => string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => segments[random.Next(segments.Length)]))).Distinct().ToList();
        foreach (var chunk in names.Chunk(50))
        {
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(3)));
            await _index.SetAsync([.. chunk.Select(name => Assignment(name, random.Next(50), size: random.Next(20)))]);
            if (random.Next(3) == 0)
                await SettleAsync();
        }

        foreach (var name in names.Where(_ => random.Next(10) == 0).ToList())
            await RemoveAsync(name);
        var left = new List<NamedBlob>();
        foreach (var record in await AllAsync())
        {
            if (record.Name is { } name)
                left.Add(new NamedBlob(name, record.Digest, record.Size, record.Type, record.Time));
        }

        return left;
    }

    private (List<string> Names, List<string> Folders) Expected(List<NamedBlob> model, NameQuery query)
    {
        var fitting = model.Where(blob => blob.Name.Text.StartsWith(query.Prefix, StringComparison.Ordinal)
            && (query.Search is null || blob.Name.Text.Contains(query.Search, StringComparison.OrdinalIgnoreCase))).ToList();
        string? FolderOf(NamedBlob blob) => query.ByFolder && query.Search is null && blob.Name.Text.IndexOf('/', query.Prefix.Length) is var slash and >= 0
            ? blob.Name.Text[..(slash + 1)] : null;
        var folders = fitting.Select(FolderOf).OfType<string>().Distinct().Order(ByBytes).ToList();
        // What is equal keeps the order in which it was made, which the test does not know: it is compared without it.
        var names = fitting.Where(blob => FolderOf(blob) is null).OrderBy(blob => blob.Name.Text, ByBytes).Select(blob => blob.Name.Text).ToList();
        if (query.Descending)
        {
            folders.Reverse();
            names.Reverse();
        }

        return (names, folders);
    }

    /// <summary>All pages as one. What is in order of time or size is checked to be, and then sorted by name.</summary>
    private async Task<NamePage> AllPagesAsync(NameQuery query)
    {
        var (names, folders, after) = (new List<NamedBlob>(), new List<string>(), (string?)null);
        var pages = 0;
        do
        {
            var page = await ListAsync(query with { After = after });
            (page.Names.Count + page.Folders.Count).Should().BeLessThanOrEqualTo(query.Limit);
            if (query.Order != NameOrder.Name && names.Count > 0)
                page.Folders.Should().BeEmpty("folders come first");
            names.AddRange(page.Names);
            folders.AddRange(page.Folders);
            after = page.Next;
            (++pages).Should().BeLessThan(1000);
        }
        while (after is not null);

        if (query.Order != NameOrder.Name)
        {
            long KeyOf(NamedBlob blob) => query.Order == NameOrder.Size ? blob.Size : blob.Modified.ToUnixTimeMilliseconds();
            var keys = names.Select(KeyOf);
            (query.Descending ? keys.Reverse() : keys).Should().BeInAscendingOrder();
            names = [.. names.OrderBy(blob => blob.Name.Text, ByBytes)];
            if (query.Descending)
                names.Reverse();
        }

        return new NamePage(names, folders, null);
    }

    private static Comparer<string> ByBytes { get; } =
        Comparer<string>.Create((one, other) => Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other)));

    private static IEnumerable<string> Texts(NamePage page) => page.Names.Select(blob => blob.Name.Text);

    private static NamedBlob Pick(Random random, List<NamedBlob> from) => from[random.Next(from.Count)];

    private static string Cut(Random random, string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        return string.Concat(runes.Take(random.Next(runes.Length + 1)));
    }

    private static string Piece(Random random, string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        var start = random.Next(runes.Length);
        return string.Concat(runes.Skip(start).Take(random.Next(1, 6)));
    }
}
