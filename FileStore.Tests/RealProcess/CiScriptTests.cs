using System.Diagnostics;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary><c>.ci/run</c> ends with its line and the right status whatever becomes of the tests, which are a stub here.</summary>
public sealed class CiScriptTests
{
    private const string Passed = "echo 'Passed!  - Failed:     0, Passed:    12, Skipped:     3, Total:    15, Duration: 1 s'";

    private TempFolder _folder;

    [SetUp]
    public void MakeStubs()
    {
        _folder = new TempFolder();
        Write(".ci/run", File.ReadAllText(Path.Join(Repository.Root, ".ci/run")));
        WriteScript("bin/dotnet", "");
    }

    [TearDown]
    public void RemoveStubs() => _folder.Dispose();

    [TestCase(Passed, 0, "12 passed, 0 failed, 3 skipped")]
    [TestCase("echo 'Failed!  - Failed:     2, Passed:    12, Skipped:     0, Total:    14'; exit 1", 1, "12 passed, 2 failed, 0 skipped")]
    [TestCase("echo 'Passed!  - Failed:     0, Passed:     0, Skipped:     9, Total:     9'", 1, "0 passed, 0 failed, 9 skipped")]
    [TestCase("echo 'a.cs(1,1): error CS1002'; exit 1", 1, "0 passed, 1 failed, 0 skipped")]
    [TestCase("kill -KILL $$", 1, "0 passed, 1 failed, 0 skipped")]
    [TestCase("", 1, "0 passed, 1 failed, 0 skipped")]
    [TestCase("echo 'The active test run was aborted. Reason: Test host process crashed'; " + Passed + "; exit 1", 1, "12 passed, 1 failed, 3 skipped")]
    [TestCase(Passed + "; exit 1", 1, "12 passed, 0 failed, 3 skipped")]
    public void The_last_line_says_how_it_went(string tests, int exitCode, string line)
    {
        WriteScript("test.sh", tests);

        var result = Call();

        result.ExitCode.Should().Be(exitCode);
        result.Output.TrimEnd('\n').Split('\n')[^1].Should().Be(line);
        result.Error.Contains("FAILED").Should().Be(exitCode != 0);
    }

    [Test]
    public void The_output_of_the_tests_is_shown()
    {
        WriteScript("test.sh", "echo to stdout; echo to stderr >&2; " + Passed);

        Call().Output.Should().StartWith("to stdout\nto stderr\nPassed!");
    }

    [Test]
    public void A_process_that_the_tests_leave_behind_does_not_hold_it_up()
    {
        WriteScript("test.sh", $"sleep 60 & echo $! > '{_folder["left"]}'; {Passed}");
        var time = Stopwatch.StartNew();

        Call().ExitCode.Should().Be(0);

        time.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(45));
        DaemonHome.Signal(int.Parse(File.ReadAllText(_folder["left"]), System.Globalization.CultureInfo.InvariantCulture), "KILL");
    }

    [Test]
    public void A_signal_ends_the_tests_and_the_last_line_comes_all_the_same()
    {
        WriteScript("test.sh", $"echo $$ > '{_folder["pid"]}.new'; mv '{_folder["pid"]}.new' '{_folder["pid"]}'; sleep 60");

        var result = Command.Run("/", "bash", "-c", $"""
            PATH='{_folder["bin"]}':$PATH '{_folder[".ci/run"]}' &
            while [ ! -e '{_folder["pid"]}' ]; do sleep 0.05; done
            kill -TERM $!
            wait $!
            """);

        result.ExitCode.Should().Be(1);
        result.Output.Should().EndWith("0 passed, 1 failed, 0 skipped\n");
        Directory.Exists($"/proc/{File.ReadAllText(_folder["pid"]).Trim()}").Should().BeFalse("the tests were ended");
    }

    [Test]
    public void A_fault_in_the_format_fails_it()
    {
        WriteScript("test.sh", Passed);
        WriteScript("bin/dotnet", "exit 2");

        var result = Call();

        result.ExitCode.Should().Be(1);
        result.Output.Should().EndWith("12 passed, 0 failed, 3 skipped\n");
    }

    [TestCase("--help", 0)]
    [TestCase("--fast", 2)]
    [TestCase("", 2)]
    public void Arguments_run_nothing(string argument, int exitCode)
    {
        WriteScript("test.sh", $"touch '{_folder["ran"]}'");

        Call(argument).ExitCode.Should().Be(exitCode);

        File.Exists(_folder["ran"]).Should().BeFalse();
    }

    private CommandResult Call(params string[] arguments) => Command.Run("/",
        new Dictionary<string, string> { ["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}" }, _folder[".ci/run"], arguments);

    private void WriteScript(string path, string text) => Write(path, $"#!/bin/bash\n{text}\n");

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllText(_folder[path], text);
        File.SetUnixFileMode(_folder[path], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
