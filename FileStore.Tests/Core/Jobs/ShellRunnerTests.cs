using System.Diagnostics;
using FileStore.Core.Jobs;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Jobs;

[TestFixture, NonParallelizable]
public sealed class ShellRunnerTests
{
    private QueueInFolder _jobs;

    [SetUp]
    public async Task OpenQueue() => _jobs = await QueueInFolder.OpenAsync(options => options with { MaxOutput = 100_000, MaxConcurrent = 100 });

    [TearDown]
    public async Task CloseQueue() => await _jobs.DisposeAsync();

    [TestCase("exit 0", 0)]
    [TestCase("exit 3", 3)]
    [TestCase("false", 1)]
    [TestCase("no-such-program", 127)]
    [TestCase("/", 126)]
    [TestCase("if", 2)]
    [TestCase("kill -TERM $$", 143)]
    [TestCase("kill -KILL $$", 137)]
    [TestCase("trap 'exit 9' TERM; kill -TERM $$", 9)]
    [TestCase("kill -PIPE $$", 141)]
    public async Task The_exit_code_is_the_shells(string command, int exitCode)
    {
        var result = await _jobs.RunAsync(command);

        result.ExitCode.Should().Be(exitCode);
        result.Error.Should().BeNull();
    }

    [Test]
    public async Task The_shell_leads_a_session_and_a_group_that_have_the_processs_number()
    {
        var result = await _jobs.RunAsync("ps -o pid=,pgid=,sid= -p $$");

        result.Stdout.Text.Split(' ', '\n').Where(word => word.Length > 0).Should().HaveCount(3).And.OnlyContain(id => id == $"{_jobs.Queue.Find(1)!.Leader!.Pid}");
    }

    [TestCase("yes | head -c 5", "y\ny\ny")]
    [TestCase("yes | head -n 1", "y\n")]
    [TestCase("grep -E 'Sig(Ign|Blk)' /proc/self/status", "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")]
    [TestCase("ls /proc/self/fd", "0\n1\n2\n3\n")]
    [TestCase("cat", "")]
    [TestCase("env | grep -v -E '^(PWD|OLDPWD|SHLVL|_)=' | sort", "LANG=C.UTF-8\nPATH=/usr/bin:/bin\n")]
    public async Task A_job_finds_things_as_a_shell_does(string command, string output)
    {
        using var open = File.OpenRead("/proc/self/stat"); // another descriptor that the job must not inherit
        var result = await _jobs.RunAsync(command);

        result.Stdout.Text.Should().Be(output);
        result.Stderr.Text.Should().BeEmpty();
    }

    [TestCase("LANG", "ru_RU.KOI8-R")]
    [TestCase("LC_ALL", "POSIX")]
    [TestCase("VARIABLE", "значение = 'x' \"y\" $z")]
    [TestCase("PATH", "/nowhere:/usr/bin:/bin")]
    public async Task The_request_has_the_last_word_on_the_environment(string name, string value)
    {
        var result = await _jobs.RunAsync(new JobRequest("env") { Environment = new Dictionary<string, string> { [name] = value } });

        var lines = result.Stdout.Text.Split('\n');
        lines.Should().Contain($"{name}={value}");
        lines.Count(line => line.StartsWith("LANG=", StringComparison.Ordinal)).Should().Be(name == "LC_ALL" ? 0 : 1);
    }

    [Test]
    public async Task A_job_need_not_read_its_stdin()
    {
        var text = new string('ж', 500_000);

        (await _jobs.RunAsync(new JobRequest("true") { Stdin = text })).Error.Should().BeNull();
        (await _jobs.RunAsync(new JobRequest("head -c 2") { Stdin = text })).Stdout.Text.Should().Be("ж");
        (await _jobs.RunAsync(new JobRequest("exec 0<&-; sleep 0.1") { Stdin = text })).Error.Should().BeNull();
        (await _jobs.RunAsync(new JobRequest("wc -c") { Stdin = text })).Stdout.Text.Should().Be("1000000\n");
    }

    [Test]
    public async Task A_directory_that_is_not_there_is_told()
    {
        Directory.CreateDirectory(_jobs["папка с пробелом"]);
        File.WriteAllText(_jobs["file"], "");

        (await _jobs.RunAsync(new JobRequest("pwd") { Cwd = _jobs["папка с пробелом"] })).Stdout.Text.Should().Be(_jobs["папка с пробелом"] + "\n");
        foreach (var absent in (string[])["nowhere", "file"])
        {
            (await _jobs.RunAsync(new JobRequest("touch ran") { Cwd = _jobs[absent] }))
                .Should().Match<JobResult>(result => result.ExitCode == null && result.Error!.Contains(_jobs[absent]));
        }
    }

    [Test]
    public async Task A_shell_that_is_not_there_is_told()
    {
        await _jobs.ReopenAsync(options => options with { Shell = "/no/shell" });

        (await _jobs.RunAsync("true")).Should().Match<JobResult>(result => result.ExitCode == 127 && result.Stderr.Text.Contains("/no/shell"));
    }

    [Test]
    public async Task Time_up_ends_the_whole_group()
    {
        var mark = Mark();
        var result = await _jobs.RunAsync(new JobRequest($"sleep {mark} & (sleep {mark} & sleep {mark}) & (setsid true; exec sleep {mark})") { Timeout = TimeSpan.FromSeconds(0.5) });

        result.ExitCode.Should().Be(124);
        result.Error.Should().Be("it ran longer than 0.5 s");
        JobClient.ProcessesWith(mark).Should().BeEmpty();
        result.Duration.TotalSeconds.Should().BeInRange(0.5, 4, "nobody waited for the KILL");
    }

    [Test]
    public async Task A_job_that_ignores_TERM_is_killed_after_the_grace()
    {
        var mark = Mark();
        var result = await _jobs.RunAsync(new JobRequest($"trap '' TERM; sleep {mark}; sleep {mark}") { Timeout = TimeSpan.FromSeconds(0.2) });

        result.ExitCode.Should().Be(124);
        result.Duration.TotalSeconds.Should().BeInRange(5, 9);
        JobClient.ProcessesWith(mark).Should().BeEmpty();
    }

    [Test]
    public async Task A_stopped_job_ends_too()
    {
        var result = await _jobs.RunAsync(new JobRequest("kill -STOP $$") { Timeout = TimeSpan.FromSeconds(0.2) });

        result.Duration.TotalSeconds.Should().BeLessThan(4, "it is continued to take the TERM");
    }

    [TestCase("sleep {0} & echo done")]
    [TestCase("(trap '' TERM; sleep {0}; true) & echo done", Description = "and ignores TERM")]
    [TestCase("(sleep {0} &) ; echo done", Description = "a double fork stays in the group")]
    [TestCase("nohup sleep {0} > /dev/null 2>&1 & echo done")]
    public async Task A_process_that_the_shell_leaves_in_its_group_is_ended(string command)
    {
        var mark = Mark();
        var result = await _jobs.RunAsync(string.Format(command, mark));

        result.Stdout.Text.Should().Be("done\n");
        result.ExitCode.Should().Be(0);
        result.Duration.TotalSeconds.Should().BeLessThan(4);
        JobClient.ProcessesWith(mark).Should().BeEmpty();
    }

    [TestCase("setsid sleep {0} > /dev/null 2>&1 &")]
    [TestCase("(setsid nohup sleep {0} > /dev/null 2>&1 &)")]
    [TestCase("sh -c 'sh -c \"setsid sleep {0} > /dev/null 2>&1 &\"'")]
    public async Task A_process_that_leaves_the_group_as_the_shell_ends_survives(string command)
    {
        var marks = Enumerable.Range(0, 20).Select(_ => Mark()).ToList();
        try
        {
            var results = await Task.WhenAll(marks.Select(mark => _jobs.RunAsync(string.Format(command, mark))));

            results.Should().OnlyContain(result => result.ExitCode == 0 && result.Error == null);
            marks.Should().OnlyContain(mark => JobClient.ProcessesWith(mark).Length > 0);
        }
        finally
        {
            foreach (var pid in marks.SelectMany(JobClient.ProcessesWith))
                DaemonHome.Signal(pid, "KILL");
        }
    }

    [Test]
    public async Task A_command_may_be_as_long_as_the_system_takes()
    {
        var command = "echo whole; #";

        var result = await _jobs.RunAsync(command + new string('x', 131_071 - command.Length));

        result.Stdout.Text.Should().Be("whole\n");
    }

    [Test]
    public async Task A_process_that_left_the_group_does_not_hold_up_the_end_of_the_job()
    {
        var mark = Mark();
        try
        {
            var result = await _jobs.RunAsync($"setsid sleep {mark} & setsid sh -c 'while sleep 0.05; do echo more; done' {mark} & echo done; sleep 0.1");

            result.Stdout.Text.Should().StartWith("done\n");
            result.Duration.TotalSeconds.Should().BeLessThan(4);
            JobClient.ProcessesWith(mark).Should().NotBeEmpty("they are left alone, as documented");
        }
        finally
        {
            foreach (var pid in JobClient.ProcessesWith(mark))
                DaemonHome.Signal(pid, "KILL");
        }
    }

    [Test]
    public async Task Both_streams_are_read_at_the_same_time()
    {
        var result = await _jobs.RunAsync("seq 1 10000 | tee /dev/stderr");

        result.Stdout.Text.Should().Be(result.Stderr.Text).And.EndWith("\n10000\n");
    }

    [Test]
    public async Task Many_that_run_take_no_threads()
    {
        await _jobs.RunAsync("true");
        var before = ProcessUse.Threads(Environment.ProcessId);
        for (var i = 0; i < 100; i++)
            await _jobs.SubmitAsync("exec sleep 600");
        Eventually.Until(() => _jobs.Queue.All().Count(job => job is { IsDone: false, Leader: not null }) == 100, "all run");

        (ProcessUse.Threads(Environment.ProcessId) - before).Should().BeLessThan(30);
        var stopping = Stopwatch.StartNew();
        await _jobs.CloseAsync();
        stopping.Elapsed.TotalSeconds.Should().BeLessThan(8);
    }

    private static string Mark() => $"{Random.Shared.Next(100_000, 999_999)}.{Random.Shared.Next(100_000, 999_999)}";

    [TestCase("-x; echo hi")]
    [TestCase("+x; echo hi")]
    public async Task A_command_is_never_an_option_of_the_shell(string command)
    {
        var result = await _jobs.RunAsync(command);

        result.Stdout.Text.Should().Be("hi\n");
        result.Stderr.Text.Should().Contain("x: ").And.Contain("not found");
        result.ExitCode.Should().Be(0);
    }
}
