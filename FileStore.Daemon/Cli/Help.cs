namespace FileStore.Daemon.Cli;

/// <summary>The texts of <c>--help</c>, made from the tables of commands and options.</summary>
internal static class Help
{
    private const int Width = 80, OptionColumn = 28, ExampleColumn = 50;

    /// <summary>The forms of a command, as usage errors and help show them.</summary>
    internal static string UsageOf(Verb verb) => "Usage: " + string.Join("\n       ", verb.Usage.Select(form => form[0] == ' ' ? form : $"filestore {form}"));

    /// <summary>The help of the whole program.</summary>
    internal static string General() => string.Join('\n',
    [
        "FileStore: upload a file, get its hash; download and delete it by hash.",
        "",
        "Usage: filestore [COMMAND] [OPTIONS]",
        "",
        "Commands ('filestore help COMMAND' describes each with its options):",
        .. Verb.All.Select(verb => Row(verb.Name, verb.Summary, 11)),
        "",
        "Without a command, 'start' is meant.",
        "",
        "  -h, --help      show this text, or that of a command",
        "  -V, --version   show the version",
    ]);

    /// <summary>The help of one command.</summary>
    internal static string Of(Verb verb) => string.Join('\n',
    [
        .. Wrapped(verb.Summary, 0),
        "",
        UsageOf(verb),
        "",
        .. Wrapped(verb.Details, 0),
        "",
        "Examples:",
        .. verb.Examples.Select(example => Row(example.Line, example.Does, ExampleColumn)),
        .. verb.Options.Where(option => !option.Declared.Hidden).GroupBy(option => option.Group).SelectMany(Section),
        "",
        "Other options:",
        Row("-h, --help", "Show this text.", OptionColumn),
        Row("-V, --version", "Show the version.", OptionColumn),
        "",
        .. Wrapped($"Exit status: {verb.Exits}.", 0),
        .. verb.Flags.IsSubclassOf(typeof(DaemonArguments)) ? Sources : [],
    ]);

    private static readonly string[] Sources =
    [
        "",
        .. Wrapped("Each option can also be set in the environment (--max-upload is FILESTORE_MAX_UPLOAD) or in filestore.json (\"maxUpload\"); the command line wins, then the environment.", 0),
    ];

    private static IEnumerable<string> Section(IGrouping<string, OptionInfo> group) =>
        ["", $"{group.Key}:", .. group.Select(option => Row(Spelling(option), option.Declared.HelpText, OptionColumn))];

    private static string Spelling(OptionInfo option) =>
        (option.Letter.Length > 0 ? $"-{option.Letter}, " : "    ") + $"--{option.Name}" + (option.IsSwitch ? "" : $" {option.Declared.MetaValue}");

    /// <summary>A name and a text beside it; a name that is too long has the text below it.</summary>
    private static string Row(string name, string text, int column)
    {
        var lines = Wrapped(text, column).ToArray();
        return name.Length + 4 > column
            ? $"  {name}\n{string.Join('\n', lines)}"
            : $"  {name}".PadRight(column) + string.Join('\n', lines)[column..];
    }

    private static IEnumerable<string> Wrapped(string text, int indent)
    {
        var line = new string(' ', indent);
        var isEmpty = true;
        foreach (var word in text.Split(' '))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                yield return line;
                (line, isEmpty) = (new string(' ', indent), true);
            }

            line += isEmpty ? word : $" {word}";
            isEmpty = false;
        }

        yield return line;
    }
}
