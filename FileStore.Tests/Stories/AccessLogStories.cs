using System.Text;
using System.Text.RegularExpressions;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>What log/server.log says of requests.</summary>
public sealed partial class AccessLogStories(string engine) : DaemonFixture(engine)
{
    [Test]
    public async Task Every_request_is_one_line()
    {
        var file = Sample.Random(5000);
        var lines = await LoggedAsync(5, async () =>
        {
            await StoreAsync(file.Bytes);
            using var get = await Client.GetAsync($"/?file_hash={file.Hash}&name=a.pdf");
            using var head = await Client.SendAsync("HEAD", $"/files/{file.Hash}");
            using var part = await Client.SendAsync("GET", $"/files/{file.Hash}", null, ("Range", "bytes=0-9"));
            using var absent = await Client.DeleteAsync("/nowhere?a=1");
        });

        lines.Select(Told).Should().BeEquivalentTo(
            "POST / 200 64",
            $"GET /?file_hash={file.Hash}&name=a.pdf 200 5000",
            $"HEAD /files/{file.Hash} 200 0",
            $"GET /files/{file.Hash} 206 10",
            $"DELETE /nowhere?a=1 404 {AnyNumber}");
        lines.Should().OnlyContain(line => AccessLine().Match(line).Groups["client"].Value == "127.0.0.1");
    }

    [Test]
    public async Task A_request_cannot_break_out_of_its_line()
    {
        var lines = await LoggedAsync(5, () =>
        {
            Daemon.Ask("GET /%0d%0aINFO%20forged HTTP/1.1\r\nHost: h\r\n\r\n");
            Daemon.Ask("GET /\u00d1\u0084\u0085\u009b31m HTTP/1.1\r\nHost: h\r\n\r\n");
            Daemon.Ask("GET /{Status}{0}{@x} HTTP/1.1\r\nHost: h\r\n\r\n");
            Daemon.Ask($"GET /{new string('x', 9000)} HTTP/1.1\r\nHost: h\r\n\r\n");
            Daemon.Ask("G\u0007T /\u001b[31mred HTTP/1.1\r\nHost: h\r\n\r\n");
            return Task.CompletedTask;
        });

        var told = lines.Select(Told).ToArray();
        told.Should().Contain(line => line.StartsWith("GET /%0d%0aINFO%20forged 400"));
        told.Should().Contain(line => line.StartsWith("GET /{Status}{0}{@x} 404"));
        told.Count(line => line == "- - 400 <n>").Should().BeGreaterThanOrEqualTo(2, "a target that is not UTF-8, and a method that is no token");
        lines.Should().HaveCount(5).And.OnlyContain(line => !line.Any(char.IsControl) && line.Length < 3000);
    }

    [Test]
    public async Task A_request_that_never_became_one_has_its_line()
    {
        var lines = await LoggedAsync(2, () =>
        {
            Daemon.Ask("nonsense\r\n\r\n");
            Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
            return Task.CompletedTask;
        });

        lines.Select(Told).Should().Contain("- - 400 <n>").And.Contain(line => line.StartsWith("POST / 400 "));
    }

    [Test]
    public async Task Bodies_and_secrets_never_stand_in_it()
    {
        await LoggedAsync(3, async () =>
        {
            using var stored = await Client.SendAsync("POST", "/", new StringContent("the-secret-body"), ("Authorization", "Bearer the-secret-token"));
            Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nX-Bad : the-secret-field\r\n\r\n");
            Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nthe-secret-chunk\r\n");
        });

        var all = File.ReadAllText(LogPath) + Daemon.LogText;
        all.Should().NotContain("the-secret");
    }

    [Test]
    public async Task A_download_that_the_client_left_tells_how_much_went_out()
    {
        var file = Sample.Random(30_000_000);
        await StoreAsync(file.Bytes);
        await LoggedAsync(1, () =>
        {
            using var socket = Daemon.Connect(receiveBuffer: 32 << 10);
            socket.SendText($"GET /files/{file.Hash} HTTP/1.1\r\nHost: h\r\n\r\n");
            socket.Receive(new byte[100]);
            socket.Reset();
            return Task.CompletedTask;
        });

        var line = AccessLines().Single(line => line.Contains($"GET /files/{file.Hash}"));
        long.Parse(AccessLine().Match(line).Groups["bytes"].Value).Should().BeLessThan(30_000_000);
    }

    private const string AnyNumber = "<n>";

    private string LogPath => Path.Join(Daemon.Home, "log", "server.log");

    /// <summary>The lines that the log gains, at least this many.</summary>
    private async Task<string[]> LoggedAsync(int count, Func<Task> act)
    {
        await Task.Delay(200); // what came before is written within that
        var before = AccessLines().Length;
        await act();
        (await Eventually.HoldsAsync(() => AccessLines().Length >= before + count)).Should().BeTrue("{0}", File.ReadAllText(LogPath));
        return AccessLines()[before..];
    }

    private string[] AccessLines()
    {
        using var reader = new StreamReader(new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), Encoding.UTF8);
        return [.. reader.ReadToEnd().Split('\n').Where(line => line.Contains(" ms "))];
    }

    private static string Told(string line)
    {
        var match = AccessLine().Match(line);
        match.Success.Should().BeTrue(line);
        var status = match.Groups["status"].Value;
        var bytes = status[0] is '4' or '5' && match.Groups["bytes"].Value != "0" ? AnyNumber : match.Groups["bytes"].Value;
        return $"{match.Groups["method"]} {match.Groups["target"]} {status} {bytes}";
    }

    [GeneratedRegex(@"^\S+ \S+ INFO (?<method>\S+) (?<target>\S+) (?<status>\d{3}) (?<bytes>\d+) B (?<ms>[\d.]+) ms (?<client>\S+)$")]
    private static partial Regex AccessLine();
}
