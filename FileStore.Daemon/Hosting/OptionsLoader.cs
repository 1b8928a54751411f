using System.Diagnostics.CodeAnalysis;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Adds up the options: command line, then environment, then configuration file, then default. Finds every fault before
/// it complains.
/// </summary>
internal sealed class OptionsLoader
{
    private const string DefaultConfig = "filestore.json";
    // Little, since the rest may hold what is not theirs.
    private static readonly string[] InheritedByPrograms = ["PATH", "HOME", "USER", "LOGNAME", "TZ", "TMPDIR"];

    private readonly IReadOnlyDictionary<string, string> _flags;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly string _home;
    private readonly List<string> _faults = [];

    private OptionsLoader(IReadOnlyDictionary<string, string> flags, IReadOnlyDictionary<string, string> environment, string directory)
    {
        _flags = flags;
        _environment = environment;
        var home = FromFlagOrEnvironment("home") is { Length: > 0 } given ? given : ".";
        if (directory.Length == 0 && !Path.IsPathRooted(home))
            throw new OptionsException(["the current directory has been deleted: go to another, or name the daemon's home by an absolute path (--home)"]);
        _home = directory.Length == 0 ? Path.GetFullPath(home) : Path.GetFullPath(home, directory);
    }

    /// <summary>Loads all of it.</summary>
    /// <param name="flags">What the command line gave, by name without dashes.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <param name="directory">Where a relative home starts, absolute; empty if there is no such place.</param>
    /// <exception cref="OptionsException">Something is wrong; it lists everything that is.</exception>
    internal static DaemonOptions Load(
        IReadOnlyDictionary<string, string> flags, IReadOnlyDictionary<string, string> environment, string directory)
    {
        var loader = new OptionsLoader(flags, environment, directory);
        var options = loader.Load();
        return loader._faults.Count == 0 ? options : throw new OptionsException(loader._faults);
    }

    /// <summary>Where the PID file lies, whatever else may be wrong: a daemon must be stoppable with a broken file beside it.</summary>
    internal static string PidFile(
        IReadOnlyDictionary<string, string> flags, IReadOnlyDictionary<string, string> environment, string directory) =>
        new OptionsLoader(flags, environment, directory).Load().PidFile;

    /// <summary>Where relative paths start, whatever else may be wrong.</summary>
    /// <exception cref="OptionsException">That itself is.</exception>
    internal static string Home(
        IReadOnlyDictionary<string, string> flags, IReadOnlyDictionary<string, string> environment, string directory)
    {
        var loader = new OptionsLoader(flags, environment, directory);
        loader.RequirePath("home");
        return loader._faults.Count == 0 ? loader._home : throw new OptionsException(loader._faults);
    }

    private DaemonOptions Load()
    {
        RequirePath("home");
        RequirePath("config");
        if (File.Exists(_home))
            _faults.Add($"--home: '{_home}' is not a directory");
        var config = ReadConfig();
        var tasks = ReadTasks(config);
        var options = new DaemonOptions { Home = _home };
        foreach (var setting in OptionDefinition.All)
        {
            // The last one stands; a fault in one that does not is a fault all the same. Of those that can be given several
            // times, all sources add up.
            foreach (var (place, texts) in new[]
            {
                config.GetValueOrDefault(setting.ConfigKey, ("", [])),
                tasks.GetValueOrDefault(setting.ConfigKey, ("", [])),
                (setting.EnvironmentName, Texts(setting, _environment.GetValueOrDefault(setting.EnvironmentName), ',')),
                ($"--{setting.Name}", Texts(setting, _flags.GetValueOrDefault(setting.Name), OptionDefinition.BetweenFlags)),
            })
            {
                options = texts.Aggregate(options, (given, text) => Apply(setting, given, text, place));
                if (setting.Kind == OptionKind.Map && texts.GroupBy(text => OptionDefinition.Pair(text).Name).FirstOrDefault(pairs => pairs.Count() > 1) is { } twice)
                    _faults.Add(setting.IsSecret ? $"{place}: a name is given twice" : $"{place}: the name {ShownValue.Of(twice.Key)} is given twice");
            }
        }

        if (options.Tls.IsOn && options.Port != 0 && options.Port == options.TlsPort)
            _faults.Add($"--tls-port: {options.TlsPort} is the port of plain HTTP too");
        var inherited = _environment.Where(variable => InheritedByPrograms.Contains(variable.Key)).ToDictionary();
        return options with
        {
            Store = Absolute(options.Store),
            PidFile = Absolute(options.PidFile),
            LogFile = Absolute(options.LogFile),
            Tls = options.Tls with { Certificate = Absolute(options.Tls.Certificate), Key = Absolute(options.Tls.Key) },
            Exports = options.Exports.ToDictionary(export => export.Key, export => Absolute(export.Value)),
            JobOptions = options.JobOptions with
            {
                Folder = Absolute(options.JobOptions.Folder),
                WorkingDirectory = _home,
                Environment = inherited,
                Shell = Absolute(options.JobOptions.Shell),
                Durable = options.Durable,
            },
            Relay = options.Relay with
            {
                Upstream = options.Relay.Upstream with { Authorities = Absolute(options.Relay.Upstream.Authorities) },
                Rules = options.Relay.Rules with
                {
                    Environment = inherited,
                    Command = [.. options.Relay.Rules.Command.Select((word, i) => i == 0 && word.Contains('/') ? Absolute(word) : word)],
                },
                Roots = [.. options.Relay.Roots.Select(root => Absolute(root))],
            },
            TasksFile = Absolute(options.TasksFile),
            Tasks = options.Tasks with
            {
                Folder = Absolute(options.Tasks.Folder),
                Items = [.. options.Tasks.Items.Select(item => item with { File = Absolute(item.File) })],
                Durable = options.Durable,
            },
            Warnings = [.. UnknownVariables().Select(name => $"the environment variable {name} is set, but there is no such setting"), .. WithoutEffect(options)],
        };
    }

    private void RequirePath(string name)
    {
        if (FromFlagOrEnvironment(name) is "")
            _faults.Add($"{(_flags.ContainsKey(name) ? $"--{name}" : OptionDefinition.EnvironmentNameOf(name))}: should be a path");
    }

    /// <summary>What a source gives for a setting: nothing, a text, or several of them.</summary>
    private static string[] Texts(OptionDefinition setting, string? given, char separator) => given is null ? []
        : setting.IsRepeatable ? given.Split(separator, StringSplitOptions.TrimEntries)
        : [given];

    private DaemonOptions Apply(OptionDefinition setting, DaemonOptions options, string text, string place)
    {
        try
        {
            return setting.Apply(options, text);
        }
        catch (FormatException e)
        {
            _faults.Add($"{place}: {(setting.IsSecret ? ShownValue.Hidden : ShownValue.Of(text))} {e.Message}");
            return options;
        }
    }

    private Dictionary<string, (string Place, string[] Texts)> ReadConfig()
    {
        var named = FromFlagOrEnvironment("config") is { Length: > 0 } name ? name : null;
        var path = Absolute(named ?? DefaultConfig);
        return new ConfigFile(path, OptionDefinition.All, "", _faults).Read(isOptional: named is null);
    }

    /// <summary>The file with the settings of tasks, which may be named wherever a setting may. It cannot name another.</summary>
    private Dictionary<string, (string Place, string[] Texts)> ReadTasks(Dictionary<string, (string Place, string[] Texts)> config)
    {
        var name = FromFlagOrEnvironment("tasks") ?? config.GetValueOrDefault("tasks.file", ("", [])).Texts.FirstOrDefault();
        return string.IsNullOrEmpty(name) || name.Contains('\0') ? []
            : new ConfigFile(Absolute(name), [.. OptionDefinition.All.Where(setting => setting.ConfigKey != "tasks.file")], "tasks.", _faults).Read(isOptional: false);
    }

    private IEnumerable<string> UnknownVariables() =>
        from name in _environment.Keys.Order(StringComparer.Ordinal)
        where name.StartsWith("FILESTORE_", StringComparison.Ordinal)
        where name != OptionDefinition.EnvironmentNameOf("home") && name != OptionDefinition.EnvironmentNameOf("config")
        where !OptionDefinition.All.Any(setting => setting.EnvironmentName == name)
        select name;

    /// <summary>Options that do nothing without another one.</summary>
    private IEnumerable<string> WithoutEffect(DaemonOptions options)
    {
        if (options.Relay.Upstream is { Insecure: true, Url: null })
            yield return "--upstream-insecure has no effect without --upstream";
        if (_flags.ContainsKey("tls-port") && !options.Tls.IsOn)
            yield return "--tls-port has no effect without --tls";
    }

    private string? FromFlagOrEnvironment(string name) =>
        _flags.GetValueOrDefault(name) ?? _environment.GetValueOrDefault(OptionDefinition.EnvironmentNameOf(name));

    [return: NotNullIfNotNull(nameof(path))]
    private string? Absolute(string? path) => path is null ? null : Path.GetFullPath(path, _home);
}
