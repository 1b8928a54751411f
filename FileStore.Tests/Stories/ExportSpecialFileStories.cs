using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Links are not followed, what is no file is not there, and no race makes it otherwise.</summary>
[EngineNeutral]
public sealed class ExportSpecialFileStories(string engine) : ExportFixture(engine)
{
    private TempFolder _outside;

    [SetUp]
    public void MakeOutside() => _outside = new TempFolder();

    [TearDown]
    public void RemoveOutside() => _outside.Dispose();

    [Test]
    public async Task Links_folders_and_special_files_are_not_listed_served_or_deleted()
    {
        var names = SpecialFiles.Make(Export, _outside.Path);
        var before = Names();

        (await ListAsync()).Should().Equal("real");
        foreach (var name in names)
        {
            foreach (var path in (string[])[PathOf("get", name), PathOf("get", name) + "&compress=zip", PathOf("delete", name), Tar(name, 1)])
            {
                using var answer = await Client.GetAsync(path).WaitAsync(TimeSpan.FromSeconds(10));
                await answer.ShouldBeProblemAsync(404);
                (await answer.TextAsync()).Should().NotContain(SpecialFiles.Canary);
            }
        }

        (await Client.GetStringAsync("/delete?dir=dir_1&prefix=*")).Should().Be("deleted 1 file");
        Names().Should().Equal(before.Except(["real"]));
        File.ReadAllText(_outside["canary"]).Should().Be(SpecialFiles.Canary);
        File.ReadAllText(_outside["folder/canary"]).Should().Be(SpecialFiles.Canary);
    }

    [Test]
    public async Task Many_requests_for_a_FIFO_do_not_wait()
    {
        Mounted.Must("mkfifo", this["fifo"]);
        Write("real", "real");

        var asked = Enumerable.Range(0, 50).Select(async i =>
        {
            using var answer = await Client.GetAsync(PathOf(i % 2 == 0 ? "get" : "delete", "fifo"));
            return answer.Status();
        });

        (await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(10))).Should().AllBeEquivalentTo(404);
        (await Client.GetStringAsync(PathOf("get", "real"))).Should().Be("real");
    }

    [Test]
    public async Task A_hard_link_is_served()
    {
        File.WriteAllText(_outside["origin"], "shared");
        Mounted.Must("ln", _outside["origin"], this["hard"]);

        (await Client.GetStringAsync(PathOf("get", "hard"))).Should().Be("shared");
        (await Client.GetStringAsync(PathOf("delete", "hard"))).Should().Be("deleted 1 file");
        File.Exists(_outside["origin"]).Should().BeTrue();
    }

    [Test]
    public async Task A_file_that_is_swapped_for_a_link_never_leads_out()
    {
        File.WriteAllText(_outside["canary"], SpecialFiles.Canary);
        using var over = new CancellationTokenSource();
        var swapping = Task.Run(() => Swap(over.Token));
        using var trap = Trap.Answering(200);
        using var connection = new KeptConnection(Daemon);
        var seen = new Dictionary<int, int>();
        for (var i = 0; i < 3000; i++)
        {
            var path = (i % 8) switch { 6 => PathOf("delete", "a.txt"), 7 => Tar("a.txt", trap.Port), 5 => PathOf("get", "a.txt") + "&compress=gz", _ => PathOf("get", "a.txt") };
            var answer = connection.Get(path);
            answer.Status.Should().BeOneOf([200, 404, 409], path);
            if (answer.Status == 200)
                (i % 8 == 5 ? System.Text.Encoding.UTF8.GetString(Archives.Gunzip(answer.Body)) : answer.Text).Should().BeOneOf("inside", "deleted 1 file", "working ...");
            if (i % 8 < 5)
                seen[answer.Status] = seen.GetValueOrDefault(answer.Status) + 1;
            if (File.Exists(this["a.tgz"]))
            {
                Archives.Untar(await Client.GetByteArrayAsync(PathOf("get", "a.tgz"))).Content.Should().Equal("inside"u8.ToArray());
                File.Delete(this["a.tgz"]);
            }
        }

        await over.CancelAsync();
        await swapping;
        seen.Keys.Should().BeEquivalentTo([200, 404], "the race was run");
        File.ReadAllText(_outside["canary"]).Should().Be(SpecialFiles.Canary);
        Eventually.Until(() => Names().All(name => !name.EndsWith(".filestore-unfinished")), "nothing is left");
    }

    private void Swap(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            File.WriteAllText(this[".file"], "inside");
            File.Move(this[".file"], this["a.txt"], overwrite: true);
            File.CreateSymbolicLink(this[".link"], _outside["canary"]);
            File.Move(this[".link"], this["a.txt"], overwrite: true);
        }
    }
}
