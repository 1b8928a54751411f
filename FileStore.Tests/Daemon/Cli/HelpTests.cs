using System.Text.RegularExpressions;
using FileStore.Daemon.Cli;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Cli;

/// <summary>The help is complete, fits a terminal, and says what the documents say.</summary>
public sealed partial class HelpTests
{
    private static IEnumerable<string> Verbs() => Verb.All.Select(verb => verb.Name);

    private static IEnumerable<string> OptionsOfADaemon() => OptionInfo.Of(typeof(StartArguments)).Select(option => option.Name);

    [TestCaseSource(nameof(Verbs))]
    public void Help_of_a_command_says_what_it_does_and_shows_its_forms_examples_options_and_statuses(string name)
    {
        var verb = Verb.Find(name)!;

        var help = Help.Of(verb);

        help.Should().StartWith(verb.Summary).And.Contain("\nUsage: filestore ").And.Contain("\nExamples:\n").And.Contain("\nExit status: ");
        foreach (var option in verb.Options.Where(option => !option.Declared.Hidden))
            help.Should().MatchRegex($@"\n  (    |-\w, )--{option.Name}[ \n]").And.Contain($"\n{option.Group}:\n");
        foreach (var (line, _) in verb.Examples)
            help.Should().Contain($"\n  {line}");
        help.Should().NotContain("detached", "that is between start and the daemon");
        help.Split('\n').Should().OnlyContain(line => line.Length <= 80 && !line.EndsWith(' '));
    }

    [Test]
    public void No_two_commands_have_the_same_help() =>
        Verb.All.Select(verb => string.Join('\n', Help.Of(verb).Split("\nExamples:")[0].Split('\n'))).Should().OnlyHaveUniqueItems();

    [Test]
    public void General_help_lists_the_commands_with_what_they_do()
    {
        foreach (var verb in Verb.All)
            Help.General().Should().MatchRegex($@"\n  {verb.Name} +{Regex.Escape(verb.Summary)}\n");
        Help.General().Split('\n').Should().OnlyContain(line => line.Length <= 80);
    }

    [TestCaseSource(nameof(Verbs))]
    public void Every_example_can_be_typed_as_it_stands(string name)
    {
        foreach (var (line, _) in Verb.Find(name)!.Examples)
        {
            var words = line[line.IndexOf("filestore", StringComparison.Ordinal)..].TrimEnd(')').Split(' ');
            var verb = words.Length > 1 ? Verb.Find(words[1])! : Verb.Find(Verb.Default)!;
            verb.Name.Should().Be(name);
            Arguments.Read(verb, words[2..]).Fault.Should().BeNull(line);
        }
    }

    [TestCaseSource(nameof(OptionsOfADaemon))]
    public void Documents_and_help_name_the_same_default(string name)
    {
        var option = OptionInfo.Of(typeof(StartArguments)).Single(option => option.Name == name);
        var inHelp = Default().Match(option.Declared.HelpText).Groups[1].Value.Split(',')[0];

        foreach (var (document, column) in new[] { ("docs/operations.md", 3), ("README.md", 1) })
        {
            var row = File.ReadAllLines(Path.Join(Repository.Root, document)).SingleOrDefault(line => Regex.IsMatch(line, $@"^\| `--{name}`"));
            if (row is null)
                document.Should().Be("README.md", $"docs/operations.md has a row for --{name}");
            else if (inHelp.Length > 0)
                row.Split('|')[column + 1].Replace("`", "").Trim().Should().StartWith(inHelp, $"{document} has a row for --{name}");
        }
    }

    [Test]
    public void The_setup_of_the_service_has_every_option_of_a_daemon()
    {
        var help = Command.Run("/", "bash", Path.Join(Repository.Root, "setup_systemd.sh"), "--help").Output;

        foreach (var option in OptionInfo.Of(typeof(StartArguments)))
            help.Should().MatchRegex($@"\n  (-\w, )?--{option.Name} ");
    }

    [GeneratedRegex(@"\(default: ([^)]+)\)")]
    private static partial Regex Default();
}
