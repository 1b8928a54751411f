using System.Globalization;
using System.Text.RegularExpressions;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>The log as an administrator meets it: moved away, grown large.</summary>
[TestFixture]
public sealed partial class LogFileTests
{
    private const string Padding = "_________________________________________________________________________________________________";

    private TempFolder _folder;
    private DaemonProcess _daemon;
    private HttpClient _client;

    [SetUp]
    public void StartDaemon()
    {
        _folder = new TempFolder();
        Start();
    }

    [TearDown]
    public void StopDaemon()
    {
        Stop();
        _folder.Dispose();
    }

    [Test]
    public async Task A_request_is_a_line_with_method_path_status_bytes_time_and_client()
    {
        (await _client.GetAsync("/nothing%20here?x=1")).Dispose();

        Eventually.Until(() => Log().Contains("nothing"), "the line is written");
        Log().Should().MatchRegex(@"\n\S+ \S+ INFO GET /nothing%20here\?x=1 404 \d+ B \d+\.\d ms 127\.0\.0\.1\n");
    }

    [Test]
    public async Task After_SIGHUP_a_log_that_was_moved_is_begun_anew()
    {
        (await _client.GetAsync("/before")).Dispose();
        Eventually.Until(() => Log().Contains("/before"), "the line is written");
        File.Move(_folder["server.log"], _folder["moved.log"]);

        _daemon.Signal("HUP");
        Eventually.Until(() => File.Exists(_folder["server.log"]), "a new log is made");
        (await _client.GetAsync("/after")).Dispose();

        Eventually.Until(() => Log().Contains("/after"), "the line is written");
        Log().Should().NotContain("/before");
        File.ReadAllText(_folder["moved.log"]).Should().Contain("/before").And.NotContain("/after");
        _daemon.HasExited.Should().BeFalse();
    }

    [Test]
    public async Task At_10_MB_the_log_moves_up_and_10_older_ones_are_kept()
    {
        Stop();
        for (var i = 1; i <= 10; i++)
            File.WriteAllText(_folder[$"server.log.{i}"], $"number {i}");
        File.WriteAllText(_folder["server.log"], string.Concat(Enumerable.Repeat($"{Padding}{Padding}\n", 50_000)));
        Start();
        var target = string.Concat(Enumerable.Repeat(Padding, 19));
        var number = 0;

        // A line has some 1.9 kB: with the 9.75 MB of before, 8,000 of them make two full files and a half.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            int mine;
            while ((mine = Interlocked.Increment(ref number)) <= 8_000)
                (await _client.GetAsync($"/{mine}/{target}")).Dispose();
        })));
        _daemon.Signal("TERM");
        _daemon.WaitForExit(TimeSpan.FromSeconds(20)).Should().BeTrue();

        string[] names = ["server.log", .. Enumerable.Range(1, 10).Select(i => $"server.log.{i}")];
        Directory.GetFiles(_folder.Path, "server.log*").Select(path => Path.GetFileName(path)).Should().BeEquivalentTo(names);
        foreach (var name in names[1..3])
            new FileInfo(_folder[name]).Length.Should().BeInRange(10_000_000, 10_200_000, name);
        new FileInfo(_folder["server.log"]).Length.Should().BeLessThan(10_000_000);
        names[..3].Reverse().Select(name => FirstNumber(_folder[name])).Should().BeInAscendingOrder("a higher number is an older log").And.NotContainNulls();
        for (var i = 3; i <= 10; i++)
            File.ReadAllText(_folder[$"server.log.{i}"]).Should().Be($"number {i - 2}");
    }

    private void Start()
    {
        _daemon = DaemonProcess.Start(_folder.Path, "--log-file", "server.log");
        _client = _daemon.NewClient();
    }

    private void Stop()
    {
        _client.Dispose();
        _daemon.Dispose();
    }

    private string Log() => File.ReadAllText(_folder["server.log"]);

    /// <summary>The number of the first request in a log; null if there is none.</summary>
    private static int? FirstNumber(string path)
    {
        var match = File.ReadLines(path).Select(line => Numbered().Match(line)).FirstOrDefault(match => match.Success);
        return match is null ? null : int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"INFO GET /(\d+)/_")]
    private static partial Regex Numbered();
}
