using System.IO.Compression;
using FileStore.Core.Processes;
using FileStore.Core.Relay;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Relay;

/// <summary>Uses the system's file(1) and real commands.</summary>
[TestFixture]
public sealed class UploadRulesTests
{
    private static readonly Dictionary<string, string> Environment = new() { ["PATH"] = "/usr/bin:/bin", ["COLOUR"] = "blue" };

    [Test]
    public async Task Rules_that_are_not_set_allow_anything()
    {
        var rules = Rules(new UploadRuleOptions());

        rules.RequireName("");
        rules.RequireSize(long.MaxValue);
        await rules.RequireContentAsync(new HeldContent([]), CancellationToken.None);

        rules.MaxSize.Should().Be(0);
    }

    [TestCase("a.gz", true)]
    [TestCase("A.GZ", true)]
    [TestCase("a.tar.gz", true)]
    [TestCase("отчёт.gz", true)]
    [TestCase("a.zip", true)]
    [TestCase(".gz", true, Description = "the whole name is the end of a name, too")]
    [TestCase("a.gz.exe", false)]
    [TestCase("a.gzip", false)]
    [TestCase("a.gz ", false)]
    [TestCase("a.gz.", false)]
    [TestCase("a.gz:stream", false)]
    [TestCase("a.gz%00", false)]
    [TestCase("gz", false)]
    [TestCase("a", false)]
    [TestCase("", false)]
    public void A_name_ends_with_one_of_the_extensions(string name, bool isAllowed) =>
        ShouldBe(isAllowed, () => Rules(new UploadRuleOptions { Extensions = [".gz", ".Zip"] }).RequireName(name), "the file's name should end with .gz or .Zip");

    [TestCase("a.tar.gz", true)]
    [TestCase("a.gz", false)]
    public void An_extension_may_have_several_dots(string name, bool isAllowed) =>
        ShouldBe(isAllowed, () => Rules(new UploadRuleOptions { Extensions = [".tar.gz"] }).RequireName(name), "the file's name should end with .tar.gz");

    [TestCase(null, true, Description = "who does not know it yet is judged later")]
    [TestCase(0, true)]
    [TestCase(1000, true)]
    [TestCase(1001, false)]
    [TestCase(long.MaxValue, false)]
    public void A_size_above_the_limit_is_refused(long? size, bool isAllowed) =>
        ShouldBe(isAllowed, () => Rules(new UploadRuleOptions { MaxSize = 1000 }).RequireSize(size), "the file should have 1000 bytes at most");

    [Test]
    public async Task The_size_of_the_content_itself_is_judged_before_anything_is_run()
    {
        var content = new HeldContent(new byte[1001]);
        var judging = () => Rules(new UploadRuleOptions { MaxSize = 1000, ContentTypes = ["text/plain"], Command = ["cat"] }).RequireContentAsync(content, CancellationToken.None);

        await judging.Should().ThrowAsync<RuleViolationException>().WithMessage("*1000 bytes at most");

        content.Read.Should().Be(0);
    }

    private static IEnumerable<TestCaseData> Contents()
    {
        static TestCaseData Case(string name, byte[] content, string? found) => new TestCaseData(content, found).SetArgDisplayNames(name);
        yield return Case("gzip", Gzip("text"), null);
        yield return Case("png", [0x89, .. "PNG\r\n\x1a\n"u8, 0, 0, 0, 13, .. "IHDR"u8, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0], null);
        yield return Case("text", "text\n"u8.ToArray(), "text/plain");
        yield return Case("script", "#!/bin/sh\nexit\n"u8.ToArray(), "text/x-shellscript");
        yield return Case("pdf", "%PDF-1.7\n1 0 obj"u8.ToArray(), "application/pdf");
        yield return Case("gzip behind a byte", [0, .. Gzip("text")], "application/octet-stream");
        yield return Case("empty", [], "application/x-empty");
    }

    [TestCaseSource(nameof(Contents))]
    public async Task A_content_is_judged_by_its_first_bytes(byte[] content, string? found)
    {
        var judging = () => Rules(new UploadRuleOptions { ContentTypes = ["application/x-gzip", "IMAGE/*"] }).RequireContentAsync(new HeldContent(content), CancellationToken.None);

        if (found is null)
            await judging.Should().NotThrowAsync();
        else
            await judging.Should().ThrowAsync<RuleViolationException>().WithMessage($"the file should be application/x-gzip or IMAGE/*, but its content is {found}");
    }

    [TestCase("cat >/dev/null")]
    [TestCase("exit 0", Description = "without a look at its input")]
    [TestCase("exec <&-; exit 0")]
    [TestCase("head -c 3 | grep -q abc")]
    [TestCase("[ \"$COLOUR\" = blue ] && ! env | grep -q HOME=")]
    [TestCase("yes | head -c 5000000", Description = "whose words nobody wants")]
    public async Task A_command_that_ends_with_0_lets_a_file_pass(string script)
    {
        await Command(script).Invoking(rules => rules.RequireContentAsync(new HeldContent([.. "abc"u8, .. new byte[1 << 20]]), CancellationToken.None)).Should().NotThrowAsync();
    }

    [TestCase("echo found a virus; exit 1", "/bin/sh rejected the file (exit code 1): found a virus")]
    [TestCase("echo out; echo err >&2; exit 42", "/bin/sh rejected the file (exit code 42): out\n\nerr")]
    [TestCase("exit 2", "/bin/sh rejected the file (exit code 2): ")]
    [TestCase("kill -9 $$", "/bin/sh rejected the file (exit code 137): ")]
    public async Task A_command_refuses_with_its_words(string script, string message)
    {
        var judging = () => Command(script).RequireContentAsync(new HeldContent([1]), CancellationToken.None);

        (await judging.Should().ThrowAsync<RuleViolationException>()).Which.Message.Should().Be(message);
    }

    [Test]
    public async Task Of_many_words_the_first_are_shown()
    {
        var judging = () => Command("yes word | head -n 1000; exit 1").RequireContentAsync(new HeldContent([1]), CancellationToken.None);

        (await judging.Should().ThrowAsync<RuleViolationException>()).Which.Message.Should().EndWith("...").And.HaveLength("/bin/sh rejected the file (exit code 1): ".Length + 203);
    }

    [TestCase("exit 127")]
    [TestCase("exit 126")]
    [TestCase("sleep 60")]
    public async Task A_command_that_could_not_judge_lets_nothing_pass(string script)
    {
        var rules = new UploadRules(new UploadRuleOptions { Command = ["/bin/sh", "-c", script], Environment = Environment, CommandTimeout = TimeSpan.FromSeconds(10) },
            script.StartsWith("sleep", StringComparison.Ordinal) ? new HurriedTime() : TimeProvider.System);

        await rules.Invoking(r => r.RequireContentAsync(new HeldContent([1]), CancellationToken.None)).Should().ThrowAsync<ProgramException>();
    }

    [Test]
    public async Task Neither_does_one_that_is_not_there_or_content_that_cannot_be_read()
    {
        var absent = () => Rules(new UploadRuleOptions { Command = ["/no/such/program"] }).RequireContentAsync(new HeldContent([1]), CancellationToken.None);
        var unreadable = () => Command("cat >/dev/null").RequireContentAsync(new HeldContent(new byte[100], failsAt: 50), CancellationToken.None);
        var shrunk = () => Command("cat >/dev/null").RequireContentAsync(new HeldContent(new byte[100], length: 200), CancellationToken.None);

        (await absent.Should().ThrowAsync<ProgramException>()).WithMessage("/no/such/program could not be run*");
        await unreadable.Should().ThrowAsync<TimeoutException>();
        await shrunk.Should().ThrowAsync<EndOfStreamException>();
    }

    [TestCase("a.gz", 100, "cat >/dev/null", true)]
    [TestCase("a.txt", 100, "cat >/dev/null", false)]
    [TestCase("a.gz", 1, "cat >/dev/null", false)]
    [TestCase("a.gz", 100, "exit 1", false)]
    public async Task All_rules_have_to_be_kept(string name, int most, string script, bool isAllowed)
    {
        var rules = Rules(new UploadRuleOptions { MaxSize = most, Extensions = [".gz"], ContentTypes = ["application/gzip"], Command = ["/bin/sh", "-c", script] });
        var judging = async () =>
        {
            rules.RequireName(name);
            await rules.RequireContentAsync(new HeldContent(Gzip("text")), CancellationToken.None);
        };

        if (isAllowed)
            await judging.Should().NotThrowAsync();
        else
            await judging.Should().ThrowAsync<RuleViolationException>();
    }

    [Test]
    public void A_rule_without_its_program_is_a_fault()
    {
        FaultOf().Should().BeNull();
        FaultOf("sh").Should().BeNull("it is found in PATH");
        FaultOf("/bin/sh", "no-such-argument").Should().BeNull();
        FaultOf("no-such-program").Should().StartWith("command: its first word is not an executable program").And.NotContain("no-such-program", "a command may hold secrets");
        FaultOf("/etc/passwd").Should().StartWith("command: its first word is not an executable program");
        UploadRules.Validate(new UploadRuleOptions { ContentTypes = ["image/*"] }).Should().BeNull("file(1) is here");
        UploadRules.Validate(new UploadRuleOptions { Extensions = [".gz"], MaxSize = 1 }).Should().BeNull("these need nothing");

        static string? FaultOf(params string[] command) => UploadRules.Validate(new UploadRuleOptions { Command = command, Environment = Environment });
    }

    private static UploadRules Rules(UploadRuleOptions options) => new(options with { Environment = Environment }, TimeProvider.System);

    private static UploadRules Command(string script) => Rules(new UploadRuleOptions { Command = ["/bin/sh", "-c", script] });

    private static void ShouldBe(bool isAllowed, Action judging, string message)
    {
        if (isAllowed)
            judging.Should().NotThrow();
        else
            judging.Should().Throw<RuleViolationException>().WithMessage(message);
    }

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Bytes.Of(text));
        return packed.ToArray();
    }
}
