using System.Collections.Concurrent;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Names over kill -9, and an index that is damaged, locked or gone.</summary>
[TestFixture]
public sealed class NameCrashTests
{
    private TempFolder _home;

    [SetUp]
    public void MakeHome() => _home = new TempFolder();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public Task An_acknowledged_name_survives_kill_9() => KillAgainAndAgainAsync(kills: 6);

    [Test, Category("Long")]
    public Task An_acknowledged_name_survives_many_a_kill_9() => KillAgainAndAgainAsync(kills: 100);

    /// <summary>Clients of which each has its own names: what the last acknowledged change of a name was, is true afterwards.</summary>
    private async Task KillAgainAndAgainAsync(int kills)
    {
        var names = new ConcurrentDictionary<string, string?>(); // the hash; null for a deleted one
        var acknowledged = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            using (var daemon = DaemonProcess.Start(_home.Path))
            {
                await VerifyAsync(daemon, names);
                var before = acknowledged;
                using var over = new CancellationTokenSource();
                var clients = Enumerable.Range(0, 8).Select(client => Task.Run(() => ChangeAsync(daemon, client))).ToArray();
                Eventually.Until(() => Volatile.Read(ref acknowledged) > before + 20, "there is something to lose", seconds: 60);
                await Task.Delay(Random.Shared.Next(200));
                daemon.Kill();
                await Task.WhenAll(clients);
            }
        }

        using var last = DaemonProcess.Start(_home.Path);
        await VerifyAsync(last, names);
        var check = Command.Run(_home.Path, Command.FileStore, "index", "check", "--home", _home.Path);
        check.ExitCode.Should().Be(0, check.Output + check.Error);

        async Task ChangeAsync(DaemonProcess daemon, int client)
        {
            using var http = daemon.NewClient();
            try
            {
                for (var i = 0; ; i++)
                {
                    var name = $"client {client}/{i % 5}";
                    names.TryRemove(name, out var old); // until it is acknowledged, either may be true
                    if (i % 7 == 6)
                    {
                        (await http.DeleteAsync($"/names/{name}")).Status().Should().BeOneOf(200, 404);
                        names[name] = null;
                    }
                    else
                    {
                        var file = Sample.Random(Random.Shared.Next(3000));
                        using var stored = await http.PutAsync($"/names/{name}", new ByteArrayContent(file.Bytes));
                        stored.Status().Should().BeOneOf(200, 201);
                        names[name] = file.Hash;
                    }

                    Interlocked.Increment(ref acknowledged);
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // it was killed
            }
        }
    }

    private static async Task VerifyAsync(DaemonProcess daemon, ConcurrentDictionary<string, string?> names)
    {
        using var http = daemon.NewClient();
        foreach (var (name, hash) in names)
        {
            using var read = await http.GetAsync($"/names/{name}");
            read.Status().Should().Be(hash is null ? 404 : 200, $"'{name}' was {(hash is null ? "deleted" : "stored")}");
            if (hash is not null)
                Bytes.HashOf(await read.Content.ReadAsByteArrayAsync()).Should().Be(hash);
        }
    }

    [Test]
    public async Task A_damaged_index_is_reported_and_files_are_served()
    {
        var file = Sample.Random(1000);
        using (var daemon = DaemonProcess.Start(_home.Path))
        using (var client = daemon.NewClient())
            (await client.PutAsync("/names/a", new ByteArrayContent(file.Bytes))).Status().Should().Be(201);
        foreach (var path in Directory.GetFiles(_home["index"]))
            File.WriteAllText(path, new string('x', 20_000));

        using var damaged = DaemonProcess.Start(_home.Path);
        using var http = damaged.NewClient();

        damaged.LogText.Should().Contain("the index of names cannot be used");
        var problem = await (await http.GetAsync("/names/a")).ShouldBeProblemAsync(503);
        (await problem.TextAsync()).Should().Contain("filestore index check");
        (await (await http.PutAsync("/names/b", new ByteArrayContent([1]))).ShouldBeProblemAsync(503)).Dispose();
        (await (await http.GetAsync("/names?prefix=a")).ShouldBeProblemAsync(503)).Dispose();
        (await (await http.DeleteAsync($"/files/{file.Hash}")).ShouldBeProblemAsync(503)).Dispose();
        Bytes.HashOf(await http.GetByteArrayAsync($"/files/{file.Hash}")).Should().Be(file.Hash);
        (await http.PostAsync("/", new ByteArrayContent(Sample.Random(100).Bytes))).Status().Should().Be(200, "no name can hold what is new");

        var check = Index("check");
        check.ExitCode.Should().Be(1);
        check.Error.Should().Contain("stop the daemon").And.Contain("index import");
        Index("export").ExitCode.Should().Be(1);
    }

    [Test]
    public async Task An_index_is_exported_while_the_daemon_runs_and_imported_into_another_home()
    {
        using var other = new TempFolder();
        using (var daemon = DaemonProcess.Start(_home.Path))
        using (var client = daemon.NewClient())
        {
            foreach (var name in new[] { "b/ё", "a" })
                await client.PutAsync($"/names/{name}", new StringContent(name));
            File.WriteAllText(other["index.jsonl"], Index("export").Output);
            Index("import", other["index.jsonl"]).Should().Match<CommandResult>(result => result.ExitCode == 1 && result.Error.Contains("stop it first"));
        }

        var import = Command.Run("/", Command.FileStore, "index", "import", other["index.jsonl"], "--home", other.Path);
        import.Should().Be(new CommandResult(0, "2 names added, 0 replaced\n", ""));
        Command.Run("/", Command.FileStore, "index", "export", "--home", other.Path).Output.Should().Be(File.ReadAllText(other["index.jsonl"]));
        var check = Command.Run("/", Command.FileStore, "index", "check", "--home", other.Path);
        check.ExitCode.Should().Be(1, "the files are not there");
        check.Output.Should().Contain("the name 'a' points at").And.Contain("which is not stored");
    }

    [TestCase("{\"name\":\"a\"}", "line 2: has no text \"file_hash\"")]
    [TestCase("x", "line 2: is not JSON")]
    [TestCase("[]", "line 2: is not a JSON object")]
    [TestCase("{\"name\":\"../a\",\"file_hash\":\"0\"}", "line 2: has a name that")]
    public void A_malformed_line_is_named(string line, string fault)
    {
        var good = $$"""{"name":"good","file_hash":"{{Sample.Random(1).Hash}}","size":1,"type":"a/b","modified":"2026-11-29T12:00:00.000Z","held":false}""";
        File.WriteAllText(_home["index.jsonl"], $"{good}\n{line}\n");

        var import = Index("import", _home["index.jsonl"]);

        import.ExitCode.Should().Be(1);
        import.Error.Should().Contain(fault).And.Contain("the lines before it were imported");
        Index("export").Output.Should().Contain("\"good\"");
    }

    [TestCase(2, "needs an action")]
    [TestCase(2, "unknown action", "exprot")]
    [TestCase(2, "needs a file", "import")]
    [TestCase(2, "takes one file", "import", "a", "b")]
    [TestCase(2, "--replace goes with index import", "export", "--replace")]
    [TestCase(1, "index.jsonl", "import", "/nowhere/index.jsonl")]
    [TestCase(0, "there are no names", "export")]
    [TestCase(0, "there are no names", "check")]
    public void Usage_is_checked(int exitCode, string message, params string[] words)
    {
        var result = Index(words);

        result.ExitCode.Should().Be(exitCode, result.Error);
        result.Error.Should().Contain(message);
    }

    private CommandResult Index(params string[] words) => Command.Run(_home.Path, Command.FileStore, ["index", .. words, "--home", _home.Path]);
}
