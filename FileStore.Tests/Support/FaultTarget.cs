using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>
/// A daemon with everything switched on, whose system calls are made to fail, and all that may be asked of it afterwards.
/// Its log lies elsewhere, so that whatever it touches in its home is of a request.
/// </summary>
internal sealed class FaultTarget : IDisposable
{
    public const string Tasks = "/xyz/api/cleaner/tasks";

    private readonly TempFolder _home = new();
    private readonly TempFolder _logs = new();
    private readonly string[] _options;
    private readonly List<string> _secrets = [];
    private DaemonProcess _daemon;

    public FaultTarget(string engine)
    {
        Directory.CreateDirectory(_home["e"]);
        File.WriteAllBytes(_home["task.bin"], Bytes.Fresh(5000));
        File.WriteAllText(_home["filestore.json"], """
            { "jobs": { "enabled": true, "maxOutput": "50KB" }, "exports": { "e": "e" }, "tasks": { "items": [{ "id": 1, "name": "scan", "file": "task.bin" }] } }
            """);
        Token = Tokens.Add(_home.Path, "all", "admin");
        _secrets.Add(Token);
        _secrets.Add(Bytes.HashOf(System.Text.Encoding.ASCII.GetBytes(Token)));
        Callback = Trap.Answering(200);
        _options = ["--engine", engine, "--cache", "0", "--log-file", _logs["server.log"]];
        _daemon = DaemonProcess.Start(Home, _options);
        Client = NewClient();
    }

    public string Home => _home.Path;

    public string Store => _home["store"];

    public string Log => _logs["server.log"];

    public int Pid => _daemon.Pid;

    public string Token { get; }

    public Trap Callback { get; }

    public HttpClient Client { get; private set; }

    /// <summary>What was acknowledged and left alone, by its path on the daemon.</summary>
    public Dictionary<string, byte[]> Acknowledged { get; } = [];

    public int LogLines => _daemon.LogLines;

    public string[] LogSince(int lines) => _daemon.LogSince(lines);

    public string this[string name] => _home[name];

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="AssertionException">None comes.</exception>
    public async Task<FaultResponse> AskAsync(HttpMethod method, string path, byte[]? content = null, string type = "application/octet-stream")
    {
        using var request = new HttpRequestMessage(method, path);
        if (content is not null)
            request.Content = JobClient.Body(content, type);
        try
        {
            using var answer = await Client.SendAsync(request);
            return new FaultResponse((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType,
                answer.Headers.RetryAfter is not null, await answer.Content.ReadAsByteArrayAsync());
        }
        catch (HttpRequestException)
        {
            return FaultResponse.Cut;
        }
        catch (TaskCanceledException)
        {
            throw new AssertionException($"{method} {path} hangs");
        }
    }

    public Task<FaultResponse> GetAsync(string path) => AskAsync(HttpMethod.Get, path);

    /// <summary>Removes what a trial has made.</summary>
    public Task DeleteAsync(string path) => AskAsync(HttpMethod.Delete, path);

    /// <summary>
    /// The files that the daemon has open in its home, and its pipes, all by one name; sorted. Without what was packed for downloads
    /// (<see cref="PackedFiles"/>).
    /// </summary>
    public string[] OpenFiles() => [.. Open().Where(target => !IsPacked(target)).Order(StringComparer.Ordinal)];

    /// <summary>What was packed for downloads. It stays open for a minute, as others may fetch it.</summary>
    public string[] PackedFiles() => [.. Open().Where(IsPacked)];

    private static bool IsPacked(string target) => target.Contains("/.incoming/.", StringComparison.Ordinal) && target.Contains("-unfinished", StringComparison.Ordinal);

    private IEnumerable<string> Open() =>
        Directory.GetFileSystemEntries($"/proc/{Pid}/fd").Select(ProcessUse.TargetOf)
            .Select(target => target.StartsWith("pipe:", StringComparison.Ordinal) ? "pipe" : target)
            .Where(target => target == "pipe" || target.StartsWith(Home, StringComparison.Ordinal));

    /// <summary>
    /// What is open and was not before. The jobs' journal is open all the time, but for a while after it was replaced by a shorter one.
    /// </summary>
    public string[] OpenedSince(string[] before)
    {
        var left = before.ToList();
        if (!left.Contains(this["jobs/journal.jsonl"]))
            left.Add(this["jobs/journal.jsonl"]);
        return [.. OpenFiles().Where(file => !left.Remove(file))];
    }

    /// <summary>Files that should be gone once a request was answered.</summary>
    public string[] Leftovers() =>
        [.. Directory.EnumerateFiles(Home, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Where(path => path.Contains("/.incoming/") || path.EndsWith(".new", StringComparison.Ordinal) || path.EndsWith("-unfinished", StringComparison.Ordinal))];

    public void RequireSound(int logLines)
    {
        _daemon.HasExited.Should().BeFalse("it goes on");
        new StoreOnDisk(Store).Broken.Should().BeEmpty("whole or absent");
        LogSince(logLines).Should().NotContain(line => _secrets.Any(line.Contains), "the log holds no secret");
    }

    /// <summary>Stops it cleanly, and starts it again.</summary>
    public void Restart()
    {
        _daemon.Signal("TERM");
        _daemon.WaitForExit(TimeSpan.FromSeconds(40)).Should().BeTrue("it stops");
        Client.Dispose();
        _daemon.Dispose();
        _daemon = DaemonProcess.Start(Home, _options);
        Client = NewClient();
    }

    public void Dispose()
    {
        Client.Dispose();
        _daemon.Dispose();
        Callback.Dispose();
        _home.Dispose();
        _logs.Dispose();
    }

    private HttpClient NewClient()
    {
        var client = _daemon.NewClient(Token);
        client.Timeout = TimeSpan.FromSeconds(30);
        return client;
    }
}
