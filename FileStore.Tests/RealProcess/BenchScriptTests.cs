using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary><c>bench/run.sh</c>: what it runs, and where the results go. The benchmark itself is a stub that prints its arguments.</summary>
public sealed class BenchScriptTests
{
    private TempFolder _folder;

    [SetUp]
    public void MakeStubs()
    {
        _folder = new TempFolder();
        Directory.CreateDirectory(_folder["root/.ci"]);
        Write("root/bench/run.sh", File.ReadAllText(Path.Join(Repository.Root, "bench/run.sh")));
        Write("root/.ci/packages.sh", "install_missing() { echo installing >> \"$root/done\"; }\n");
        Write("root/filestore", "#!/bin/sh\necho built >> \"$(dirname \"$0\")/done\"\n");
        Write("bin/dotnet", "#!/bin/sh\n");
        Write("root/bench/FileStore.Bench/bin/Release/net10.0/FileStore.Bench", "#!/bin/bash\nprintf '%s\\n' \"$@\"\n");
    }

    [TearDown]
    public void RemoveStubs() => _folder.Dispose();

    [TestCase("--help")]
    [TestCase("-h")]
    [TestCase("--large --help")]
    public void Help_runs_nothing(string line)
    {
        var result = Call(line.Split(' '));

        result.ExitCode.Should().Be(0);
        result.Error.Should().BeEmpty();
        result.Output.Should().StartWith("Usage: bench/run.sh").And.ContainAll("--only", "--rounds", "--seconds", "--large", "--out", "--work", "--save", "--help");
        File.Exists(_folder["root/done"]).Should().BeFalse();
    }

    [TestCase("--frobnicate", "unknown option: --frobnicate")]
    [TestCase("--larg", "unknown option: --larg")]
    [TestCase("-n 1", "unknown option: -n")]
    [TestCase("help", "unexpected argument: help")]
    [TestCase("--rounds", "--rounds needs a value")]
    [TestCase("--rounds --large", "--rounds needs a value")]
    [TestCase("--only=", "--only needs a value")]
    [TestCase("--rounds 0", "--rounds: '0' should be a number")]
    [TestCase("--seconds=1.5", "--seconds: '1.5' should be a number")]
    [TestCase("--rounds 1 --rounds 2", "--rounds is given twice")]
    [TestCase("--large=yes", "--large takes no value")]
    [TestCase("--work /usr", "--work: '/usr' holds something")]
    [TestCase("--work=/etc/passwd", "--work: '/etc/passwd' holds something")]
    [TestCase("--save --only GET", "--save replaces the tracked results of a whole run: not with --only")]
    [TestCase("--out /tmp/x --save", "--save replaces the tracked results of a whole run: not with --out")]
    public void A_wrong_argument_is_refused_and_nothing_runs(string line, string fault)
    {
        var result = Call(line.Split(' '));

        result.ExitCode.Should().Be(2);
        result.Output.Should().BeEmpty();
        result.Error.Should().StartWith($"run.sh: {fault}").And.Contain("--help");
        File.Exists(_folder["root/done"]).Should().BeFalse();
    }

    [TestCase("", "bench/.partial")]
    [TestCase("--large", "bench/.partial")]
    [TestCase("--only GET", "bench/.partial")]
    [TestCase("--save", "bench/results")]
    [TestCase("--large --save --rounds 2", "bench/results")]
    public void Tracked_results_are_replaced_only_by_save(string line, string folder)
    {
        var arguments = Call(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Output.Split('\n');

        arguments.Should().ContainInConsecutiveOrder("--out", _folder[$"root/{folder}"]);
        arguments.Contains("--large").Should().Be(line.Contains("--large"));
    }

    [Test]
    public void Values_reach_the_benchmark_as_they_were_given() =>
        Call("--only=GET 1 KB", "--rounds", "2", "--seconds=3", "--out", "/tmp/my out", "--work", _folder["new"]).Output.Split('\n').Should()
            .ContainInConsecutiveOrder("--only", "GET 1 KB").And.ContainInConsecutiveOrder("--rounds", "2")
            .And.ContainInConsecutiveOrder("--seconds", "3").And.ContainInConsecutiveOrder("--out", "/tmp/my out").And.ContainInConsecutiveOrder("--work", _folder["new"]);

    private CommandResult Call(params string[] arguments) => Command.Run("/",
        new Dictionary<string, string> { ["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}" }, _folder["root/bench/run.sh"], arguments);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllText(_folder[path], text);
        File.SetUnixFileMode(_folder[path], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
