using System.Globalization;
using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
[Category("Quick")]
public sealed class ListStories(string engine) : DaemonFixture(engine)
{
    private readonly List<string> _hashes = [];

    private sealed record Page(List<string> Hashes, string? Next);

    [OneTimeSetUp]
    public async Task FillTheStore()
    {
        (await Client.GetStringAsync("/files")).Should().Be("""{"files":[],"next":null}""");
        for (var i = 0; i < 21; i++)
            _hashes.Add(await StoreAsync(Sample.Random(i).Bytes));
        var shared = _hashes[0][..2]; // several in one folder
        foreach (var end in (string[])["0", "8", "f"])
        {
            _hashes.Add(shared + new string(end[0], 62));
            Store.Plant(_hashes[^1]).Dispose();
        }

        _hashes.Sort(string.CompareOrdinal);

        // What somebody else put there is not listed.
        var folder = Path.GetDirectoryName(Store.PathOf(_hashes[0]))!;
        File.WriteAllText(Path.Join(folder, "README"), "");
        File.WriteAllText(Path.Join(folder, _hashes[0].ToUpperInvariant()), "");
        File.WriteAllText(Path.Join(folder, _hashes[0] + ".tmp"), "");
        File.WriteAllText(Path.Join(folder, _hashes[0][2..] + "00"), "");
        Directory.CreateDirectory(Path.Join(folder, _hashes[0][..2] + new string('1', 62)));
        File.CreateSymbolicLink(Path.Join(folder, _hashes[0][..2] + new string('2', 62)), Store.PathOf(_hashes[0]));
        var other = Directory.CreateDirectory(Path.Join(Daemon.Home, "store", "backup")).FullName;
        File.WriteAllText(Path.Join(other, _hashes[0]), "");
    }

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(8)] // divides their number
    [TestCase(24)]
    [TestCase(10_000)]
    public async Task Pages_bring_every_file_once_and_in_order(int limit)
    {
        var seen = new List<string>();
        Page page;
        var query = $"?limit={limit}";
        do
        {
            page = await ListAsync(query);
            page.Hashes.Count.Should().BeInRange(1, limit);
            seen.AddRange(page.Hashes);
            query = $"?limit={limit}&after={page.Next}";
            if (page.Next is not null)
                page.Next.Should().Be(page.Hashes[^1]);
        }
        while (page.Next is not null && seen.Count <= _hashes.Count);

        seen.Should().Equal(_hashes);
    }

    [Test]
    public async Task A_page_begins_after_the_named_hash_even_if_that_is_not_stored()
    {
        (await ListAsync($"?after={_hashes[9].ToUpperInvariant()}")).Hashes.Should().Equal(_hashes[10..]);
        (await ListAsync($"?after={new string('0', 64)}")).Hashes.Should().Equal(_hashes.Where(h => h != new string('0', 64)));
        (await ListAsync($"?after={_hashes[9][..63]}{(_hashes[9][63] == '0' ? '1' : '0')}")).Hashes.Should().Contain(_hashes[10..]);
        var last = await ListAsync($"?after={new string('f', 64)}");
        last.Should().BeEquivalentTo(new Page([], null));
    }

    [Test]
    public async Task A_hundred_is_the_page_if_nothing_is_said() => (await ListAsync("")).Hashes.Should().Equal(_hashes);

    [Test]
    public async Task A_line_tells_size_and_date()
    {
        using var json = JsonDocument.Parse(await Client.GetStringAsync("/files"));
        foreach (var line in json.RootElement.GetProperty("files").EnumerateArray())
        {
            var file = new FileInfo(Store.PathOf(line.GetProperty("file_hash").GetString()!));
            line.GetProperty("size").GetInt64().Should().Be(file.Length);
            var modified = line.GetProperty("modified").GetString()!;
            modified.Should().EndWith("Z");
            DateTime.Parse(modified, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal)
                .Should().BeCloseTo(file.LastWriteTimeUtc, TimeSpan.FromSeconds(1));
            line.EnumerateObject().Should().HaveCount(3);
        }
    }

    [TestCase("limit=0")]
    [TestCase("limit=-1")]
    [TestCase("limit=10001")]
    [TestCase("limit=99999999999999999999")]
    [TestCase("limit=ten")]
    [TestCase("limit=1e3")]
    [TestCase("limit=")]
    [TestCase("after=")]
    [TestCase("after=abc")]
    [TestCase("after=d41d8cd98f00b204e9800998ecf8427e")]
    [TestCase("after=../../x")]
    public async Task A_faulty_question_is_refused(string query)
    {
        using var answer = await Client.GetAsync($"/files?{query}");

        await answer.ShouldBeProblemAsync(400);
    }

    [Test]
    public async Task A_list_is_not_to_be_kept()
    {
        using var answer = await Client.GetAsync("/files");

        answer.Field("Cache-Control").Should().Be("no-store");
        answer.Field("Content-Type").Should().Be("application/json; charset=utf-8");
    }

    private async Task<Page> ListAsync(string query)
    {
        using var json = JsonDocument.Parse(await Client.GetStringAsync($"/files{query}"));
        return new Page(
            [.. json.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("file_hash").GetString()!)],
            json.RootElement.GetProperty("next").GetString());
    }
}
