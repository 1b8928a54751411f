using System.Diagnostics;
using System.Text.RegularExpressions;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>
/// Every system call of a start on the daemon's files fails: it says why and ends with 1 (with 2 if that is the configuration), or it starts and serves. Nothing is
/// left running. The calls are those that a start is seen to make.
/// </summary>
[TestFixture, NonParallelizable]
public sealed partial class StartSystemCallTests
{
    private static readonly string[] Errors = ["EIO", "ENOSPC", "EDQUOT", "EROFS", "EMFILE", "ENOMEM", "EAGAIN", "EINTR"];
    private static readonly string[] LeftAlone = ["close", "dup", "dup2", "dup3", "lseek", "mmap", "execve"];

    private TempFolder _logs;
    private TempFolder _old; // a daemon has run here

    private string Calls => _logs["calls"];

    [OneTimeSetUp]
    public void MakeFolders()
    {
        _logs = new TempFolder();
        _old = NewHome();
        Start(_old).ExitCode.Should().BeNull();
    }

    [OneTimeTearDown]
    public void RemoveFolders()
    {
        _logs.Dispose();
        _old.Dispose();
    }

    [TestCase("openat", "filestore.pid", "EROFS")]
    [TestCase("openat", "store/.lock", "EIO")]
    [TestCase("openat", "store/.filestore.json", "EIO")]
    [TestCase("statx", "store/.filestore.json", "EIO")]
    [TestCase("pread64", "store/.filestore.json", "EIO")]
    [TestCase("pread64", "tokens.json", "EIO")]
    [TestCase("openat", "store/.incoming", "EMFILE")]
    [TestCase("openat", "tokens.json", "ENOMEM")]
    [TestCase("openat", "jobs/journal.jsonl", "EDQUOT")]
    [TestCase("openat", "log/server.log", "EROFS")]
    [TestCase("openat", "e", "EIO")]
    public void A_call_that_a_start_cannot_do_without(string call, string path, string error)
    {
        var (exitCode, output) = Start(_old, "-P", _old[path], "-e", $"trace={call}", "-e", $"inject={call}:error={error}");
        File.ReadAllText(Calls).Should().Contain("INJECTED", "otherwise nothing was tried");
        exitCode.Should().Be(1, output);
        FaultOf(_old, exitCode, output).Should().BeNull();
        output.Should().Contain(_old[path]);
    }

    [TestCase(false), TestCase(true), Category("Long")]
    public void Every_call_with_every_error(bool isOld)
    {
        var seen = Seen(isOld).Intersect(Seen(isOld)).ToArray(); // some names are new each time
        seen.Should().Contain([("openat", "store/.lock"), ("openat", "filestore.pid"), ("openat", "tokens.json")]);
        var faults = new List<string>();
        foreach (var (call, path) in seen)
        {
            foreach (var error in Errors)
            {
                using var home = isOld ? null : NewHome();
                var when = error == "EINTR" ? ":when=1" : "";
                var (exitCode, output) = Start(home ?? _old, "-P", (home ?? _old)[path], "-e", $"trace={call}", "-e", $"inject={call}:error={error}{when}");
                if (FaultOf(home ?? _old, exitCode, output) is { } fault || (fault = error == "EINTR" && exitCode is not null ? "it did not try again" : null) is not null)
                    faults.Add($"{call} {path} {error}: {fault}: {output}");
            }
        }

        TestContext.Out.WriteLine($"{seen.Length * Errors.Length} cases");
        faults.Should().BeEmpty();
    }

    /// <summary>A home with something of everything that a start opens.</summary>
    private static TempFolder NewHome()
    {
        var home = new TempFolder();
        Directory.CreateDirectory(home["e"]);
        File.WriteAllText(home["filestore.json"], """{ "jobs": { "enabled": true }, "exports": { "e": "e" } }""");
        File.WriteAllText(home["tokens.json"], """{"tokens":[]}""");
        return home;
    }

    private HashSet<(string Call, string Path)> Seen(bool isOld)
    {
        using var fresh = isOld ? null : NewHome();
        var home = fresh ?? _old;
        Start(home, "-e", "trace=%file,%desc").ExitCode.Should().BeNull();
        var inHome = new Regex($"[\"<]{Regex.Escape(home.Path)}/([^\">]+)[\">]");
        return [.. from call in SystemCall.Read(Calls)
            where !LeftAlone.Contains(call.Name)
            let path = inHome.Match(call.Text)
            where path.Success
            select (call.Name, path.Groups[1].Value)];
    }

    private static string? FaultOf(TempFolder home, int? exitCode, string output) =>
        output.Contains("   at ") || output.Contains("Unhandled exception") ? "a stack trace is no reason"
        : exitCode is null ? null
        : exitCode != (output.Contains("/filestore.json: ") ? 2 : 1) ? $"exit code {exitCode}" // 2 is a fault in what the daemon was told
        : Reason().Match(output) is not { Success: true } reason ? "it gives no reason"
        : reason.Value.Contains(home.Path) ? null : "it does not say which file";

    /// <summary>Starts a daemon below strace, and ends it if it has started.</summary>
    /// <returns>The exit code, or null if it listened; and what it printed.</returns>
    private (int? ExitCode, string Output) Start(TempFolder home, params string[] strace)
    {
        var output = new List<string>();
        var listens = false;
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("strace",
                ["-f", "--seccomp-bpf", "-y", "-o", Calls, .. strace, Command.FileStore, "run", "--home", home.Path, "--host", "127.0.0.1", "--port", "0"])
            {
                WorkingDirectory = home.Path,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        void OnLine(object sender, DataReceivedEventArgs line)
        {
            lock (output)
                output.Add(line.Data ?? "");
            if (ListensOn().Match(line.Data ?? "") is not { Success: true } started)
                return;
            listens = true;
            DaemonHome.Signal(int.Parse(started.Groups[1].Value), "TERM");
        }

        process.OutputDataReceived += OnLine;
        process.ErrorDataReceived += OnLine;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            process.WaitForExit(TimeSpan.FromSeconds(60)).Should().BeTrue("it ends");
            process.WaitForExit(); // and what it printed has been read
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        lock (output)
            return (listens ? null : process.ExitCode, string.Join('\n', output));
    }

    [GeneratedRegex(@"^filestore: .{20,}", RegexOptions.Multiline)]
    private static partial Regex Reason();

    [GeneratedRegex(@" pid (\d+) listens on ")]
    private static partial Regex ListensOn();
}
