using FileStore.Daemon.Features;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Merges the options: command line before environment, configuration file and default. Reports all faults at once.
/// </summary>
internal sealed class OptionsLoader
{
    private const string DefaultConfig = "filestore.json";

    /// <summary>All options, but <c>home</c> and <c>config</c>, which say where the others are.</summary>
    internal static readonly OptionDefinition[] Definitions =
        [.. OptionDefinition.OfDaemon, .. FeatureList.All.SelectMany(feature => feature.Options)];

    // Few, since the others may hold secrets of the daemon.
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

    /// <summary>Loads the options.</summary>
    /// <param name="flags">The options of the command line, by name without dashes.</param>
    /// <param name="environment">The environment variables.</param>
    /// <param name="directory">The current directory, where a relative home starts; empty if it has been deleted.</param>
    /// <exception cref="OptionsException">Some options are invalid; it lists every fault.</exception>
    internal static DaemonOptions Load(
        IReadOnlyDictionary<string, string> flags, IReadOnlyDictionary<string, string> environment, string directory)
    {
        var loader = new OptionsLoader(flags, environment, directory);
        var options = loader.Load();
        return loader._faults.Count == 0 ? options : throw new OptionsException(loader._faults);
    }

    /// <summary>The path of the PID file, whatever else is invalid: a daemon with a broken configuration must be stoppable.</summary>
    internal static string PidFile(
        IReadOnlyDictionary<string, string> flags, IReadOnlyDictionary<string, string> environment, string directory) =>
        new OptionsLoader(flags, environment, directory).Load().PidFile;

    /// <summary>The home directory, whatever else is invalid.</summary>
    /// <exception cref="OptionsException">The home itself is invalid.</exception>
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
        var files = ReadFiles();
        var options = new DaemonOptions
        {
            Home = _home,
            ProgramEnvironment = _environment.Where(variable => InheritedByPrograms.Contains(variable.Key)).ToDictionary(),
        };
        foreach (var definition in Definitions)
        {
            // Later values replace earlier ones, whose faults are reported all the same; those of repeatable options add up.
            foreach (var (place, texts) in files.Select(file => file.GetValueOrDefault(definition.ConfigKey, ("", []))).Concat(
            [
                (definition.EnvironmentName, Texts(definition, _environment.GetValueOrDefault(definition.EnvironmentName), ',')),
                ($"--{definition.Name}", Texts(definition, _flags.GetValueOrDefault(definition.Name), OptionDefinition.BetweenFlags)),
            ]))
            {
                options = texts.Aggregate(options, (given, text) => Apply(definition, given, text, place));
                if (definition.Kind == OptionKind.Map && texts.GroupBy(text => OptionText.Pair(text).Name).FirstOrDefault(pairs => pairs.Count() > 1) is { } twice)
                    _faults.Add(definition.IsSecret ? $"{place}: a name is given twice" : $"{place}: the name {ShownValue.Of(twice.Key)} is given twice");
            }
        }

        if (options.Tls.IsOn && options.Port != 0 && options.Port == options.TlsPort)
            _faults.Add($"--tls-port: {options.TlsPort} is the port of plain HTTP too");
        return options with
        {
            Warnings = [.. UnknownVariables().Select(name => $"the environment variable {name} is set, but there is no such option"), .. WithoutEffect(options)],
        };
    }

    private void RequirePath(string name)
    {
        if (FromFlagOrEnvironment(name) is "")
            _faults.Add($"{(_flags.ContainsKey(name) ? $"--{name}" : OptionDefinition.EnvironmentNameOf(name))}: should be a path");
    }

    /// <summary>The values that a source gives for an option: none, one or several.</summary>
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

    /// <summary>The values in the configuration file and in the files of sections, by their keys.</summary>
    private List<Dictionary<string, (string Place, string[] Texts)>> ReadFiles()
    {
        var named = FromFlagOrEnvironment("config") is { Length: > 0 } name ? name : null;
        var config = new ConfigFile(Absolute(named ?? DefaultConfig), Definitions, "", _faults).Read(isOptional: named is null);
        var files = new List<Dictionary<string, (string Place, string[] Texts)>> { config };
        foreach (var definition in Definitions.Where(definition => definition.Kind == OptionKind.SectionFile))
        {
            var path = FromFlagOrEnvironment(definition.Name) ?? config.GetValueOrDefault(definition.ConfigKey, ("", [])).Texts.FirstOrDefault();
            if (string.IsNullOrEmpty(path) || path.Contains('\0'))
                continue;
            var section = definition.ConfigKey[..(definition.ConfigKey.LastIndexOf('.') + 1)];
            OptionDefinition[] others = [.. Definitions.Where(other => other != definition)]; // the file cannot name another one
            files.Add(new ConfigFile(Absolute(path), others, section, _faults).Read(isOptional: false));
        }

        return files;
    }

    private IEnumerable<string> UnknownVariables() =>
        from name in _environment.Keys.Order(StringComparer.Ordinal)
        where name.StartsWith("FILESTORE_", StringComparison.Ordinal)
        where name != OptionDefinition.EnvironmentNameOf("home") && name != OptionDefinition.EnvironmentNameOf("config")
        where !Array.Exists(Definitions, definition => definition.EnvironmentName == name)
        select name;

    /// <summary>Warnings about options that do nothing without another one.</summary>
    private IEnumerable<string> WithoutEffect(DaemonOptions options)
    {
        if (_flags.ContainsKey("tls-port") && !options.Tls.IsOn)
            yield return "--tls-port has no effect without --tls";
        foreach (var warning in FeatureList.All.SelectMany(feature => feature.Warnings(options)))
            yield return warning;
    }

    private string? FromFlagOrEnvironment(string name) =>
        _flags.GetValueOrDefault(name) ?? _environment.GetValueOrDefault(OptionDefinition.EnvironmentNameOf(name));

    private string Absolute(string path) => Path.GetFullPath(path, _home);
}
