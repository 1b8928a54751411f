using FileStore.Daemon.Options;

namespace FileStore.Daemon.Cli;

/// <summary>The arguments that follow a command, checked against its options.</summary>
/// <param name="Canonical">The same arguments with every option under its long name, in a form that the parser cannot misread.</param>
/// <param name="WantsHelp">Whether they ask for help.</param>
/// <param name="WantsVersion">Whether they ask for the version.</param>
/// <param name="Fault">The first thing wrong with them; null if nothing is.</param>
internal sealed record Arguments(string[] Canonical, bool WantsHelp, bool WantsVersion, string? Fault)
{
    /// <summary>Reads the arguments of a command. Anything the command line cannot mean becomes a fault with a remedy.</summary>
    internal static Arguments Read(Verb verb, IReadOnlyList<string> args)
    {
        var reader = new Reader(verb, args);
        while (reader.Next() is { } arg)
            reader.Take(arg);
        return new([.. reader.Canonical], reader.WantsHelp, reader.WantsVersion, reader.Fault);
    }

    private sealed class Reader(Verb verb, IReadOnlyList<string> args)
    {
        private readonly HashSet<string> _given = [];
        private string? _switch; // the one just before, which a stray value is likely meant for
        private int _next;

        internal List<string> Canonical { get; } = [];

        internal bool WantsHelp { get; private set; }

        internal bool WantsVersion { get; private set; }

        internal string? Fault { get; private set; }

        internal string? Next() => _next < args.Count ? args[_next++] : null;

        internal void Take(string arg)
        {
            var before = _switch;
            _switch = null;
            if (arg is "--help" or "-h")
                WantsHelp = true;
            else if (arg is "--version" or "-V")
                WantsVersion = true;
            else if (LooksLikeOption(arg))
                TakeOption(arg);
            else if (verb.TakesWords)
                Canonical.Add(arg);
            else
                Fault ??= before is null ? Unexpected(arg) : $"{before} takes no value, but {ShownValue.Of(arg)} follows it";
        }

        private static bool LooksLikeOption(string arg) => arg.Length > 1 && arg[0] == '-' && !char.IsAsciiDigit(arg[1]);

        private string Unexpected(string arg) => verb.Name == Verb.Default && args[0] != arg && Verb.Find(arg) is { } meant
            ? $"unexpected argument {ShownValue.Of(arg)}: the command comes before its options, as in 'filestore {meant.Name} {args[0]}'"
            : $"unexpected argument {ShownValue.Of(arg)}";

        private void TakeOption(string arg)
        {
            var isLong = arg.StartsWith("--", StringComparison.Ordinal);
            var equals = arg.IndexOf('=');
            var given = isLong ? (equals < 0 ? arg : arg[..equals]) : arg[..2];
            var attached = isLong ? (equals < 0 ? null : arg[(equals + 1)..])
                : arg.Length == 2 ? null
                : arg[2] == '=' ? arg[3..] : arg[2..];
            if (Array.Find(verb.Options, option => Names(option, given)) is not { } option)
                Fault ??= Unknown(isLong ? given : arg);
            else if (option.IsSwitch)
                TakeSwitch(option, given, attached);
            else if ((attached is "" ? null : attached ?? FollowingValue()) is { } value)
                Add(option, value);
            else
                Fault ??= $"{given} needs a value ({option.Declared.MetaValue})";
        }

        private static bool Names(OptionInfo option, string given) =>
            given == $"--{option.Name}" || (option.Letter.Length > 0 && given == $"-{option.Letter}");

        private void TakeSwitch(OptionInfo option, string given, string? attached)
        {
            if (attached is not null)
                Fault ??= $"{given} takes no value";
            _switch = given;
            Add(option, null);
        }

        private void Add(OptionInfo option, string? value)
        {
            if (!_given.Add(option.Name) && !option.IsRepeatable)
                Fault ??= $"--{option.Name} is given twice";
            // The parser does not read a value after "=" that is empty or begins with a blank.
            Canonical.AddRange(value is null ? [$"--{option.Name}"] : value.Length == 0 || value[0] == ' ' ? [$"--{option.Name}", value] : [$"--{option.Name}={value}"]);
        }

        private string? FollowingValue() => _next < args.Count && !LooksLikeOption(args[_next]) ? args[_next++] : null;

        private string Unknown(string given)
        {
            if (Array.Find(Verb.All, other => other.Options.Any(option => !option.Declared.Hidden && Names(option, given))) is { } other)
                return $"'{verb.Name}' has no option {given}; '{other.Name}' has";
            var visible = verb.Options.Where(option => !option.Declared.Hidden).ToArray();
            return $"unknown option {ShownValue.Of(given)}" + Suggestion.For(given, [.. visible.Select(option => $"--{option.Name}"), "--help", "--version",
                .. visible.Where(option => option.Letter.Length > 0).Select(option => $"-{option.Letter}"), "-h", "-V"]);
        }
    }
}
