using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Two real daemons, the second behind TLS as the upstream of the first, and real curl.</summary>
[EngineNeutral]
public sealed class RelayChainStories(string engine) : DaemonFixture(engine, "--durability", "none")
{
    private (TempFolder Home, DaemonProcess Daemon) _other;

    private DaemonProcess Second => _other.Daemon;

    private StoreOnDisk SecondStore => new(Path.Join(Second.Home, "store"));

    protected override void Prepare(string home)
    {
        var folder = new TempFolder();
        _other = (folder, DaemonProcess.Start(folder.Path, "--engine", Engine, "--tls", "adhoc", "--tls-port", "0", "--durability", "none"));
        Directory.CreateDirectory(Path.Join(home, "data"));
        File.WriteAllText(Path.Join(home, "filestore.json"), $$"""
            {
              "relay": {
                "upstream": "https://127.0.0.1:{{Second.TlsPort}}/upload", "insecure": true, "roots": ["{{home}}/data"],
                "hosts": ["127.0.0.1:{{Second.Port}}", "127.0.0.1:{{Second.TlsPort}}"]
              }
            }
            """);
    }

    [OneTimeTearDown]
    public void StopSecond()
    {
        _other.Daemon?.Dispose();
        _other.Home?.Dispose();
    }

    [TestCase("отчёт за май.gz")]
    [TestCase("a \"quoted\" % name.bin")]
    public async Task A_file_is_stored_by_both(string name)
    {
        var file = Write(name, 3_000_000);

        ShouldBeStored(Curl("/upload1", "-F", $"somefile=@\"{name.Replace("\"", "\\\"", StringComparison.Ordinal)}\""), file);

        Store.Read(file.Hash).Should().Equal(file.Bytes);
        await ShouldLeaveNothingAsync();
    }

    [Test]
    public async Task A_file_of_this_machine_is_stored_by_the_second_alone()
    {
        var file = Write("дамп.sql.gz", 300_000);

        ShouldBeStored(Place($"{Daemon.Home}/data/дамп.sql.gz"), file);

        Store.Has(file.Hash).Should().BeFalse();
        await ShouldLeaveNothingAsync();
    }

    [Test]
    public async Task So_is_a_file_of_another_host()
    {
        var file = Sample.Random(300_000);
        using var client = Second.NewClient();
        using var put = await client.PutAsync($"/files/{file.Hash}", new ByteArrayContent(file.Bytes));

        ShouldBeStored(Place($"http://127.0.0.1:{Second.Port}/files/{file.Hash}"), file);

        Store.Has(file.Hash).Should().BeFalse();
        Eventually.Until(() => Daemon.LogText.Contains($"relayed {file.Hash}, 300000 B, to https://127.0.0.1:{Second.TlsPort}: 200 in "), "the log tells");
        await ShouldLeaveNothingAsync();
    }

    [Test]
    public async Task A_place_without_a_file_or_not_allowed_is_refused_and_leaves_nothing()
    {
        Place($"http://127.0.0.1:{Second.Port}/files/{new string('a', 64)}").Should().Contain("\"status\":404").And.Contain("the remote host has no such file");
        Place($"http://127.0.0.1:{Daemon.Port}/healthz").Should().Contain("\"status\":403");
        Place($"{Daemon.Home}/data/missing").Should().Contain("\"status\":404");
        Place($"{Daemon.Home}/filestore.json").Should().Contain("\"status\":403");

        await ShouldLeaveNothingAsync();
    }

    [Test]
    public async Task An_upstream_that_is_believed_blindly_is_not_believed_as_a_remote_host()
    {
        Place($"https://127.0.0.1:{Second.TlsPort}/healthz").Should().Contain("\"status\":502").And.Contain("certificate");

        await ShouldLeaveNothingAsync();
    }

    [Test]
    public void A_file_is_kept_without_an_upstream_and_not_passed_on()
    {
        var file = Write("kept.gz", 1000);

        ShouldBeStored(Command.Run(Path.Join(Daemon.Home, "data"), "curl", "-sS", "-F", "somefile=@kept.gz", $"{Second.Url}upload").Output, file);

        foreach (var path in (string[])["upload1", "upload2"])
            Command.Run(Path.Join(Daemon.Home, "data"), "curl", "-sS", "-F", "somefile=@kept.gz", $"{Second.Url}{path}").Output.Should().Contain("\"status\":404").And.Contain("--upstream");
    }

    private Sample Write(string name, int size)
    {
        var file = Sample.Random(size);
        File.WriteAllBytes(Path.Join(Daemon.Home, "data", name), file.Bytes);
        return file;
    }

    private string Curl(string path, params string[] arguments)
    {
        var result = Command.Run(Path.Join(Daemon.Home, "data"), "curl", ["-sS", .. arguments, $"{Daemon.Url.AbsoluteUri.TrimEnd('/')}{path}"]);
        (result.ExitCode, result.Error).Should().Be((0, ""));
        return result.Output;
    }

    private string Place(string place) =>
        Curl("/upload2", "-H", "Content-Type: application/json", "-d", JsonSerializer.Serialize(new { somefile = place }));

    private void ShouldBeStored(string answer, Sample file)
    {
        using var json = JsonDocument.Parse(answer);
        var path = json.RootElement.GetProperty("path").GetString()!;
        (json.RootElement.GetProperty("status").GetString(), json.RootElement.GetProperty("file_hash").GetString()).Should().Be(("done", file.Hash));
        path.Should().Be(SecondStore.PathOf(file.Hash));
        File.ReadAllBytes(path).Should().Equal(file.Bytes);
    }

    private async Task ShouldLeaveNothingAsync() =>
        (await Store.HasNothingIncomingAsync(), await SecondStore.HasNothingIncomingAsync()).Should().Be((true, true));
}
