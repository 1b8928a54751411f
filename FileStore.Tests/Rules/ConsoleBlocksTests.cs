using FileStore.Daemon.Cli;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Rules;

/// <summary>What the documents show at a prompt is understood, and a document that is wrong is found out.</summary>
public sealed class ConsoleBlocksTests
{
    /// <summary>The commands that ReadmeTests run.</summary>
    private static readonly ShownCommand[] Shown =
        [.. from document in (string[])["README.md", "docs/exports.md", "docs/jobs.md", "docs/tasks.md", "docs/relay.md", "docs/partners.md"]
            from section in ConsoleBlocks.Sections(Read(document))
            from command in section.Commands
            select command];

    [Test]
    public void Commands_are_found_with_their_sections_continuations_and_output()
    {
        var sections = ConsoleBlocks.Sections("""
            # Title
            ```console
            $ a
            ```
            ## One
            ```jsonc
            $ none
            ## none
            ```
            ```console
            $ cat <<END   # comment
            > x
            > END
            x
            > is output

            $ b
            ```
            ## Two
            text
            """);

        sections.Select(section => section.Title).Should().Equal("", "One");
        sections.SelectMany(section => section.Commands).Should().BeEquivalentTo(
        [
            new ShownCommand("a", [], 3),
            new ShownCommand("cat <<END   # comment\nx\nEND", ["x", "> is output", ""], 11),
            new ShownCommand("b", [], 17),
        ], options => options.WithStrictOrdering());
    }

    [TestCase("```console\n$ a\n", "*line 1*not closed*")]
    [TestCase("```console\noutput\n```\n", "*line 2*begins with a command*'output'*")]
    public void A_block_that_cannot_be_run_is_refused(string markdown, string fault) =>
        FluentActions.Invoking(() => ConsoleBlocks.Sections(markdown)).Should().Throw<FormatException>().WithMessage(fault);

    [TestCase("$ echo a; echo b >&2\na\nb")]
    [TestCase("$ printf hash\nhash\n$ X=1\n$ echo $X       # a comment\n1")]
    [TestCase("$ cat <<END\n> two\n> lines\n> END\ntwo\nlines")]
    [TestCase("$ echo the pid 123 of $PWD/x\nthe pid 9 of /srv/filestore/x")]
    [TestCase("$ cat")]
    public void A_document_that_is_right_passes(string block) => Differences(block).Should().BeEmpty();

    [TestCase("$ echo hello\nhallo")]
    [TestCase("$ echo hello")]
    [TestCase("$ true\nhello")]
    [TestCase("$ echo a; echo b\nb\na")]
    [TestCase("$ echo hello; false\nhello")]
    [TestCase("$ no-such-command")]
    [TestCase("$ echo 'pid 12'\npid twelve")]
    [TestCase("$ printf 'a\\n\\n'\na")]
    [TestCase("$ exit 0\n$ true")]
    [TestCase("$ if true")]
    public void A_document_that_is_wrong_is_found_out(string block) => Differences(block).Should().NotBeEmpty();

    [Test]
    public void A_wrong_character_or_line_anywhere_would_be_found_out()
    {
        foreach (var command in Shown)
        {
            var output = string.Concat(command.Output.Select(line => $"{line}\n"));
            ConsoleSession.Difference(command, output, 0, "/none").Should().BeNull();
            ConsoleSession.Difference(command, output + "more\n", 0, "/none").Should().NotBeNull();
            ConsoleSession.Difference(command, output, 1, "/none").Should().NotBeNull();
            for (var i = 0; i < command.Output.Length; i++)
            {
                ConsoleSession.Difference(command with { Output = [.. command.Output[..i], .. command.Output[(i + 1)..]] }, output, 0, "/none").Should().NotBeNull();
                ConsoleSession.Difference(command with { Output = [.. command.Output[..i], command.Output[i] + "~", .. command.Output[(i + 1)..]] }, output, 0, "/none").Should().NotBeNull();
            }
        }
    }

    [TestCase("README.md")]
    [TestCase("docs/api.md")]
    [TestCase("docs/exports.md")]
    [TestCase("docs/jobs.md")]
    [TestCase("docs/operations.md")]
    [TestCase("docs/partners.md")]
    [TestCase("docs/relay.md")]
    [TestCase("docs/tasks.md")]
    public void Every_call_of_the_program_has_options_that_it_knows_in(string document)
    {
        var calls = ConsoleBlocks.Sections(Read(document)).SelectMany(section => section.Commands)
            .SelectMany(command => command.Text.Split([';', '|', '(', ')', '#', '\n']))
            .Select(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["filestore" or "./filestore", _, ..])
            .Select(words => (words[1], Fault: Verb.Find(words[1]) is { } verb ? Arguments.Read(verb, words[2..]).Fault : "no such command"));

        calls.Where(call => call.Fault is not null).Should().BeEmpty();
    }

    private static string[] Differences(string block) =>
        ConsoleSession.Run(Path.GetTempPath().TrimEnd('/'), [], [.. ConsoleBlocks.Sections($"```console\n{block}\n```\n").SelectMany(section => section.Commands)]);

    private static string Read(string document) => File.ReadAllText(Path.Join(Repository.Root, document));
}
