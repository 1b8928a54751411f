using System.Globalization;
using FileStore.Core.Processes;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Processes;

[TestFixture]
public sealed class ContentProgramTests
{
    private static readonly Dictionary<string, string> Environment = new() { ["PATH"] = "/usr/bin:/bin", ["COLOUR"] = "blue" };

    private TempFolder _folder;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(0)]
    [TestCase(1_000_000)]
    public async Task It_is_given_the_whole_content_and_no_more(int size)
    {
        var content = Bytes.Random(size);

        (await Sh("sha256sum", content)).Should().Be(new ProgramResult(0, $"{Bytes.Sha256(content)}  -"));
    }

    [Test]
    public async Task It_is_given_no_more_than_the_first_bytes_where_they_are_enough()
    {
        var program = new ContentProgram(["wc", "-c"], Environment, TimeSpan.FromMinutes(1), TimeProvider.System, maxBytes: 70_000);

        (await program.RunAsync(new HeldContent(Bytes.Random(200_000)), CancellationToken.None)).Output.Should().Be("70000");
    }

    [TestCase("exit 3", 3, "")]
    [TestCase("echo found; echo a virus >&2; exit 1", 1, "found\n\na virus")]
    [TestCase("kill -9 $$", 137, "")]
    [TestCase("echo $COLOUR $HOME; env | grep -c FILESTORE", 1, "blue\n0")]
    [TestCase("head -c 10 >/dev/null", 0, "", Description = "it need not read all of it")]
    [TestCase("exec <&-; sleep 0.1; exit 4", 4, "", Description = "nor any of it")]
    public async Task It_answers_with_its_exit_code_and_its_words(string script, int exitCode, string output) =>
        (await Sh(script, Bytes.Random(3_000_000))).Should().Be(new ProgramResult(exitCode, output));

    [Test]
    public async Task A_flood_of_words_is_cut_and_does_not_block_it() =>
        (await Sh("yes | head -c 10000000; exit 5", [1])).Should().Match<ProgramResult>(result => result.ExitCode == 5 && result.Output.Length <= 4096);

    [TestCase("sleep 60")]
    [TestCase("trap '' TERM; sleep 60 & echo $! > FILE; wait; wait", Description = "one that ignores the first request, with a child")]
    public async Task One_that_takes_too_long_is_ended_with_all_that_it_started(string script)
    {
        var file = _folder["child"];
        var asking = () => Sh(script.Replace("FILE", file, StringComparison.Ordinal), Bytes.Random(1_000_000), TimeSpan.FromSeconds(0.5));

        (await asking.Should().ThrowAsync<ProgramException>()).WithMessage("*sh took longer than 0.5 s");

        if (File.Exists(file))
            IsAlive(await File.ReadAllTextAsync(file)).Should().BeFalse();
    }

    [Test]
    public async Task A_process_that_the_program_leaves_running_is_ended()
    {
        (await Sh("sleep 60 & echo $!", [])).Should().Match<ProgramResult>(result => result.ExitCode == 0 && !IsAlive(result.Output));
    }

    [Test]
    public async Task A_content_that_cannot_be_read_is_an_error()
    {
        var asking = () => Program("cat >/dev/null").RunAsync(new HeldContent(Bytes.Random(1000), failsAt: 500), CancellationToken.None);

        await asking.Should().ThrowAsync<TimeoutException>();
    }

    [Test]
    public async Task A_program_that_is_not_there_ends_as_env_has_it()
    {
        var program = new ContentProgram(["no-such-program"], Environment, TimeSpan.FromMinutes(1), TimeProvider.System);

        (await program.RunAsync(new HeldContent([]), CancellationToken.None)).Should().Match<ProgramResult>(
            result => result.ExitCode == 127 && result.Output.Contains("no-such-program"));
    }

    [Test]
    public async Task More_than_may_run_at_a_time_wait_in_order()
    {
        var program = Program("sleep 0.05");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => program.RunAsync(new HeldContent([1]), CancellationToken.None)));

        answers.Should().OnlyContain(result => result.ExitCode == 0);
    }

    [Test]
    public async Task A_call_that_waits_too_long_for_its_turn_is_refused()
    {
        var program = Program("trap '' TERM; sleep 60 & wait; wait", TimeSpan.FromSeconds(0.5)); // takes a second to end

        var faults = await Task.WhenAll(Enumerable.Range(0, System.Environment.ProcessorCount + 1).Select(async _ =>
            (await program.Invoking(p => p.RunAsync(new HeldContent([1]), CancellationToken.None)).Should().ThrowAsync<ProgramException>()).Which.Message));

        faults.Should().ContainSingle(fault => fault == "/bin/sh is busy with other files").And.Contain("/bin/sh took longer than 0.5 s");
    }

    [TestCase("sh", true)]
    [TestCase("/bin/sh", true)]
    [TestCase("no-such-program", false)]
    [TestCase("/etc/passwd", false, Description = "which nobody may execute")]
    [TestCase("/bin", false)]
    public void A_program_is_found_by_its_path_or_in_PATH(string name, bool isFound) =>
        (ProgramStart.Find(name, Environment) is not null).Should().Be(isFound);

    /// <summary>A process that has ended may stay a zombie until its new parent reaps it.</summary>
    private static bool IsAlive(string pid) => ProcessIdentity.StatOf(int.Parse(pid, CultureInfo.InvariantCulture)) is [not "Z", ..];

    private static Task<ProgramResult> Sh(string script, byte[] content, TimeSpan? timeout = null) =>
        Program(script, timeout).RunAsync(new HeldContent(content), CancellationToken.None);

    private static ContentProgram Program(string script, TimeSpan? timeout = null) =>
        new(["/bin/sh", "-c", script], Environment, timeout ?? TimeSpan.FromMinutes(1), TimeProvider.System);
}
