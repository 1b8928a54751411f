using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>
/// Every system call that a request makes on the daemon's files fails with every error that it may have, one at a time: the
/// answer is clear, nothing that was acknowledged is lost, nothing is there in half, nothing is left open or behind, and the
/// next request is served. The calls are those that the request is seen to make.
/// </summary>
[TestFixture("httplistener")]
[TestFixture("kestrel", Category = "Long")]
[NonParallelizable]
public sealed class SystemCallFaultTests(string engine)
{
    private const int Attempts = 8;
    private const string NeverMade = "it was never made";
    private const int MostPlaces = 8; // of a call: a list reads every folder, and the first ones and the last ones stand for all

    private static readonly string[] Errors = ["EIO", "ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EMFILE", "ENOMEM", "EINTR", "EAGAIN"];

    // A close that is not made leaves open what it was to close, whoever writes the program, and to ask where a file is read fails for no file.
    private static readonly string[] LeftAlone = ["close", "dup", "dup2", "dup3", "lseek", "mmap"];

    private readonly Dictionary<string, List<(string Call, int Index)>> _seen = [];
    private FaultTarget _target;
    private TempFolder _logs;

    private static IEnumerable<TestCaseData> Spread() => FaultOperations.All
        .SelectMany(operation => operation.Calls.Select(call => (operation, call)))
        .Select((pair, i) => new TestCaseData(pair.operation.Name, pair.call, Errors[i % Errors.Length]))
        .Append(new TestCaseData("tokens", "pread64", "EFBIG"));

    private static IEnumerable<string> Names() => FaultOperations.All.Select(operation => operation.Name);

    [OneTimeSetUp]
    public void StartDaemon()
    {
        _target = new FaultTarget(engine);
        _logs = new TempFolder();
    }

    [OneTimeTearDown]
    public void StopDaemon()
    {
        _target.Dispose();
        _logs.Dispose();
    }

    [TestCaseSource(nameof(Spread)), Order(1)]
    public async Task A_failed_call(string name, string call, string error)
    {
        var operation = Operation(name);
        Assume.That(operation.CallsOf(engine), Does.Contain(call), $"{engine} does not make it");
        var indexes = (await SeenAsync(operation)).Where(seen => seen.Call == call).Select(seen => seen.Index).ToArray();
        var fault = NeverMade;
        for (var i = 0; i < indexes.Length && fault == NeverMade; i++)
            fault = await FaultOfAsync(operation, call, $"{indexes[(call.Length + i) % indexes.Length]}", error);
        fault.Should().BeNull();
    }

    [TestCaseSource(nameof(Names)), Order(2), Category("Long")]
    public async Task Every_call_with_every_error(string name)
    {
        var operation = Operation(name);
        var faults = new List<string>();
        var (cases, missed) = (0, 0);
        foreach (var calls in (await SeenAsync(operation)).GroupBy(seen => seen.Call, seen => $"{seen.Index}"))
        {
            // The same once, and for as long as it lasts: who tries again after EINTR would try for ever.
            foreach (var (when, error) in calls.Append("1+").SelectMany(when => Errors.Select(error => (when, error))))
            {
                if (when == "1+" && error == "EINTR")
                    continue;
                cases++;
                var fault = await FaultOfAsync(operation, calls.Key, when, error);
                if (fault == NeverMade)
                    missed++;
                else if (fault is not null)
                    faults.Add($"{calls.Key} {when} {error}: {fault}");
            }
        }

        TestContext.Out.WriteLine($"{name}: {cases} cases");
        faults.Should().BeEmpty();
        Eventually.Until(() => _target.PackedFiles().Length == 0, "what was packed is kept for a minute", seconds: 90);
        missed.Should().BeLessThanOrEqualTo(cases / 10, "the last places of a thread are not always reached, the others are");
    }

    [TestCase("EIO"), TestCase("ENOSPC"), TestCase("EROFS"), TestCase("EAGAIN"), Order(3)]
    public async Task A_log_that_cannot_be_written_does_not_make_requests_fail(string error)
    {
        using (Strace.Attach(_target.Pid, $"pwrite64,openat:error={error}", _target.Log))
        {
            for (var i = 0; i < 5; i++)
                (await _target.GetAsync("/files?limit=1")).Status.Should().Be(200);
        }

        Eventually.Until(() =>
        {
            _target.GetAsync("/files?limit=2").GetAwaiter().GetResult();
            return File.ReadAllText(_target.Log).Contains("lines of the log were lost");
        }, "it goes on, and says what it lost");
    }

    [Test, Order(4)]
    public async Task Acknowledged_uploads_are_there_after_a_restart()
    {
        _target.Restart();

        _target.Acknowledged.Should().NotBeEmpty();
        foreach (var (path, content) in _target.Acknowledged)
            (await _target.GetAsync(path)).Body.Should().Equal(content);
        _target.Leftovers().Should().BeEmpty();
    }

    private static FaultOperation Operation(string name) => FaultOperations.All.Single(operation => operation.Name == name);

    /// <summary>The calls that an operation makes on the daemon's files, each with its place among those of its thread.</summary>
    private async Task<List<(string Call, int Index)>> SeenAsync(FaultOperation operation)
    {
        if (_seen.TryGetValue(operation.Name, out var known))
            return known;
        var seen = new HashSet<(string Call, int Index)>();
        bool IsCovered() => operation.CallsOf(engine).All(name => seen.Any(call => call.Call == name));
        for (var i = 0; i < 3 || (i < 10 && !IsCovered()); i++) // the page cache gives up a file when it likes
        {
            var trial = await operation.PrepareAsync(_target);
            FaultResponse answer;
            using (i == 0 ? null : Strace.AttachToThreads(_target.Pid, _logs["calls"])) // what is loaded on first use is loaded
                answer = await trial.ActAsync();
            answer.IsSuccess.Should().BeTrue($"nothing fails, but: {answer}");
            await trial.CheckAsync(answer);
            if (i > 0)
                seen.UnionWith(SystemCall.Read(_logs["calls"]).Where(call => call.IsIn(_target.Home) && !LeftAlone.Contains(call.Name)).Select(call => (call.Name, call.Index)));
        }

        seen.Select(call => call.Call).Should().Contain(operation.CallsOf(engine), "otherwise nothing is tried");
        return _seen[operation.Name] = [.. seen.GroupBy(call => call.Call).OrderBy(calls => calls.Key, StringComparer.Ordinal).SelectMany(calls => Few([.. calls.Order()]))];
    }

    private static (string Call, int Index)[] Few((string Call, int Index)[] calls) =>
        calls.Length <= MostPlaces ? calls : [.. calls[..(MostPlaces / 2)], .. calls[^(MostPlaces / 2)..]];

    /// <summary>What is wrong when a call fails; null if nothing is.</summary>
    private async Task<string?> FaultOfAsync(FaultOperation operation, string call, string when, string error)
    {
        try
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                // Another thread than last time may do the work, and make another number of calls.
                if (await TryAsync(operation, $"{call}:error={error}:when={when}", error))
                    return null;
            }

            return NeverMade;
        }
        catch (Exception e) when (e is AssertionException or IOException or HttpRequestException or System.Text.Json.JsonException or KeyNotFoundException)
        {
            return e.Message.Trim();
        }
    }

    private async Task<bool> TryAsync(FaultOperation operation, string inject, string error)
    {
        var trial = await operation.PrepareAsync(_target);
        var (open, there) = (_target.OpenFiles(), _target.Leftovers());
        var logLines = _target.LogLines;
        FaultResponse answer;
        using (Strace.AttachToThreads(_target.Pid, _logs["calls"], inject))
        {
            answer = await trial.ActAsync();
            if (inject.StartsWith("unlink", StringComparison.Ordinal)) // which may come after the response: strace is to see it
                await Eventually.HoldsAsync(() => SystemCall.Read(_logs["calls"]).Any(call => call.IsInjected), seconds: 1);
        }

        var failed = SystemCall.Read(_logs["calls"]).Where(call => call.IsInjected && call.IsIn(_target.Home)).ToList();
        var isVital = failed.Exists(call => operation.Vital.Contains(call.Name) && !trial.IsMended(call));
        answer.Fault(error, operation.AreaOf(failed), isVital).Should().BeNull($"the answer was {answer}");
        if (answer.Status >= 500)
        {
            var id = answer.Json.GetProperty("request_id").GetString()!;
            Eventually.Until(() => _target.LogSince(logLines).Any(line => line.Contains(id) && (line.Contains(" WARNING ") || line.Contains(" ERROR "))), "the log tells why");
        }

        await trial.CheckAsync(answer);
        if (!failed.Exists(call => call.Name.StartsWith("unlink", StringComparison.Ordinal))) // what cannot be removed stays until the end
            Eventually.Until(() => _target.Leftovers().All(there.Contains), "nothing is left", seconds: 5);
        await SucceedsAsync(operation);
        Eventually.Until(() => _target.OpenedSince(open).Length == 0, $"what was opened is closed: {string.Join(' ', _target.OpenedSince(open))}", seconds: 5);
        _target.RequireSound(logLines);
        return failed.Count > 0;
    }

    private async Task SucceedsAsync(FaultOperation operation)
    {
        var trial = await operation.PrepareAsync(_target);
        var answer = await trial.ActAsync();
        answer.IsSuccess.Should().BeTrue($"nothing fails any more, but: {answer}");
        await trial.CheckAsync(answer);
    }
}
