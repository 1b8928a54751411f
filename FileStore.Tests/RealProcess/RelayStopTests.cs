using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>The daemon ends while a file is passed on: a clean stop waits for the answer, and of a crash nothing is left.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
public sealed class RelayStopTests(string engine)
{
    private readonly Sample _file = Sample.Random(100_000);

    private TempFolder _home;
    private TaskCompletionSource _released;
    private Trap _upstream;
    private DaemonProcess _daemon;
    private HttpClient _client;

    [SetUp]
    public void StartDaemon()
    {
        _home = new TempFolder();
        _released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _upstream = new Trap(async (stream, ct) =>
        {
            await Posting.ReadFormAsync(stream, ct);
            await _released.Task.WaitAsync(ct);
            await stream.WriteAsync(Bytes.Of(Posting.Done), ct);
        });
        Directory.CreateDirectory(_home["data"]);
        File.WriteAllBytes(_home["data/file.gz"], _file.Bytes);
        File.WriteAllText(_home["filestore.json"], $$"""{ "relay": { "upstream": "http://127.0.0.1:{{_upstream.Port}}/in", "roots": ["{{_home["data"]}}"] } }""");
        _daemon = Start();
        _client = _daemon.NewClient();
    }

    [TearDown]
    public void RemoveHome()
    {
        _client.Dispose();
        _daemon.Dispose();
        _upstream.Dispose();
        _home.Dispose();
    }

    [Test]
    public async Task A_clean_stop_waits_for_the_answer()
    {
        var (simple, local) = (PostFormAsync(), PostPlaceAsync());
        Eventually.Until(() => _upstream.Requests.Length == 2, "both are passed on");

        _daemon.Signal("TERM");
        Eventually.Until(() => _daemon.LogText.Contains("stopping", StringComparison.Ordinal), "it stops");
        _released.SetResult();

        foreach (var answer in await Task.WhenAll(simple, local))
        {
            (answer.Status(), await answer.TextAsync()).Should().Be((200, "done"));
            answer.Dispose();
        }

        _daemon.WaitForExit(TimeSpan.FromSeconds(40)).Should().BeTrue();
        (_daemon.ExitCode, Incoming().Length, _upstream.Connections).Should().Be((0, 0, 2));
    }

    [Test, Category("Long")]
    public async Task A_relay_that_takes_too_long_is_cut_by_a_stop_and_leaves_nothing()
    {
        var place = PostPlaceAsync();
        Eventually.Until(() => _upstream.Requests.Length == 1, "it is passed on");
        Incoming().Should().ContainSingle();

        _daemon.Signal("TERM");

        _daemon.WaitForExit(TimeSpan.FromSeconds(60)).Should().BeTrue();
        Incoming().Should().BeEmpty();
        await place.Awaiting(p => p).Should().ThrowAsync<HttpRequestException>();
    }

    [Test]
    public async Task Of_a_crash_nothing_is_left_after_the_next_start()
    {
        Task<HttpResponseMessage>[] posts = [PostFormAsync(), PostPlaceAsync()];
        Eventually.Until(() => _upstream.Requests.Length == 2, "both are passed on");
        Incoming().Should().ContainSingle("what is not to be kept lies there meanwhile");

        _daemon.Kill();
        foreach (var post in posts)
            await post.Awaiting(p => p).Should().ThrowAsync<HttpRequestException>();
        using var next = Start();

        Incoming().Should().BeEmpty();
        _upstream.Connections.Should().Be(2, "nobody posts again what may have been posted");
        new StoreOnDisk(_home["store"]).Read(_file.Hash).Should().Equal(_file.Bytes, "a simple relay keeps what it passes on, before it does");
    }

    private DaemonProcess Start() => DaemonProcess.Start(_home.Path, "--engine", engine);

    private string[] Incoming() => new StoreOnDisk(_home["store"]).Incoming;

    private Task<HttpResponseMessage> PostFormAsync() =>
        _client.PostAsync("/upload1", new MultipartFormDataContent { { new ByteArrayContent(_file.Bytes), "somefile", "file.gz" } });

    private Task<HttpResponseMessage> PostPlaceAsync() =>
        _client.PostAsync("/upload2", new StringContent($$"""{"somefile":"{{_home["data/file.gz"]}}"}""", null, "application/json"));
}
