using System.Net;
using System.Net.Http.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A limit on the size of files (RLIMIT_FSIZE, LimitFSIZE= of systemd): the daemon says so and goes on.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
public sealed class FileSizeLimitTests(string engine)
{
    private const int Limit = 2_000_000;

    private TempFolder _home;
    private DaemonProcess _daemon;
    private HttpClient _client;

    [SetUp]
    public void StartDaemon()
    {
        _home = new TempFolder();
        File.WriteAllText(_home["filestore.json"], """{ "jobs": { "enabled": true, "maxOutput": "10KB" } }""");
        Directory.CreateDirectory(_home["d"]);
        File.WriteAllBytes(_home["d/noise"], Bytes.Fresh(3_000_000));
        _daemon = DaemonProcess.Start(_home.Path, "--engine", engine, "--export", $"d={_home["d"]}");
        _client = _daemon.NewClient();
    }

    [TearDown]
    public void StopDaemon()
    {
        _client.Dispose();
        _daemon.Dispose();
        _home.Dispose();
    }

    [TestCase("Raw")]
    [TestCase("Chunked")]
    [TestCase("Form")]
    public async Task An_upload_above_it_is_refused_and_leaves_nothing(string kind)
    {
        LimitFiles(Limit);

        using var answer = await _client.SendAsync(Uploads.Post(Bytes.Fresh(Limit + 1), Enum.Parse<BodyKind>(kind)));
        using var fits = await _client.SendAsync(Uploads.Post(Bytes.Fresh(Limit), Enum.Parse<BodyKind>(kind)));

        var problem = await answer.ShouldBeProblemAsync(413);
        (await problem.TextAsync()).Should().Contain("RLIMIT_FSIZE");
        fits.Status().Should().Be(200);
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
        new StoreOnDisk(_home["store"]).Blobs.Should().ContainSingle();
    }

    [Test]
    public async Task A_job_with_long_output_ends_with_its_exit_code_and_a_note()
    {
        LimitFiles(Limit);

        var result = await _client.RunAsync($"head -c {2 * Limit} /dev/zero; exit 3");

        result.GetProperty("exit_code").GetInt32().Should().Be(3);
        result.Text("error").Should().StartWith("the whole of stdout could not be stored: ");
        result.GetProperty("stdout_truncated").GetBoolean().Should().BeTrue();
        result.TryGetProperty("stdout_hash", out _).Should().BeFalse();
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
    }

    [Test]
    public async Task A_job_has_the_signals_of_any_program()
    {
        (await _client.RunAsync("grep SigIgn /proc/self/status")).Text("stdout").Should().Be("SigIgn:\t0000000000000000\n");
        (await _client.RunAsync("kill -XFSZ $$")).GetProperty("exit_code").GetInt32().Should().Be(128 + 25);
    }

    [Test]
    public async Task A_history_that_may_not_grow_takes_no_jobs_until_it_may()
    {
        await _client.RunAsync("true");
        LimitFiles(new FileInfo(_home["jobs/journal.jsonl"]).Length);

        using var refused = await _client.PostAsJsonAsync("/api/jobs", new { command = "true" });
        await refused.ShouldBeProblemAsync(507);

        LimitFiles(Limit);
        (await _client.RunAsync("echo again")).Text("stdout").Should().Be("again\n");
    }

    [TestCase("zip")]
    [TestCase("gz")]
    public async Task An_archive_above_it_is_refused(string format)
    {
        LimitFiles(Limit);

        using var answer = await _client.GetAsync($"/get?dir=d&name=noise&compress={format}");

        await answer.ShouldBeProblemAsync(507);
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
    }

    [Test]
    public async Task A_report_that_cannot_be_recorded_is_not_acknowledged()
    {
        using (var first = await _client.PostAsync("/xyz/api/cleaner/tasks/report", new ByteArrayContent([1])))
            first.Status().Should().Be(200);
        LimitFiles(new FileInfo(_home["tasks/reports.jsonl"]).Length);

        using var answer = await _client.PostAsync("/xyz/api/cleaner/tasks/report", new ByteArrayContent([2]));

        await answer.ShouldBeProblemAsync(507);
    }

    [Test]
    public async Task A_log_that_may_not_grow_goes_on_in_the_next_file()
    {
        LimitFiles(20_000);

        for (var i = 0; i < 400; i++)
            (await _client.GetAsync($"/files/{i:x64}")).Dispose();
        (await Eventually.HoldsAsync(() => File.Exists(_home["log/server.log.1"]))).Should().BeTrue();

        _daemon.HasExited.Should().BeFalse();
        using var answer = await _client.GetAsync("/healthz");
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private void LimitFiles(long bytes) =>
        Command.Run("/", "prlimit", "--pid", $"{_daemon.Pid}", $"--fsize={bytes}:").ExitCode.Should().Be(0);
}
