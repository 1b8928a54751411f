using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Adds up the options: command line, then environment, then configuration file, then default. Finds every fault before
/// it complains.
/// </summary>
internal sealed class OptionsLoader
{
    private const string DefaultConfig = "filestore.json";

    private readonly IReadOnlyDictionary<string, string> _flags;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly string _home;
    private readonly List<string> _faults = [];

    private OptionsLoader(IReadOnlyDictionary<string, string> flags, IReadOnlyDictionary<string, string> environment, string directory)
    {
        _flags = flags;
        _environment = environment;
        _home = Path.GetFullPath(FromFlagOrEnvironment("home") is { Length: > 0 } home ? home : ".", directory);
    }

    /// <summary>Loads all of it.</summary>
    /// <param name="flags">What the command line gave, by name without dashes.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <param name="directory">Where a relative home starts, absolute.</param>
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
        var config = ReadConfig();
        var options = new DaemonOptions { Home = _home };
        foreach (var setting in Setting.All)
        {
            // The last one stands; a fault in one that does not is a fault all the same. Of those that can be given several
            // times, all sources add up.
            foreach (var (place, texts) in new[]
            {
                config.GetValueOrDefault(setting.ConfigKey, ("", [])),
                (setting.EnvironmentName, Texts(setting, _environment.GetValueOrDefault(setting.EnvironmentName), ',')),
                ($"--{setting.Name}", Texts(setting, _flags.GetValueOrDefault(setting.Name), Setting.BetweenFlags)),
            })
            {
                options = texts.Aggregate(options, (given, text) => Apply(setting, given, text, place));
                if (setting.Form == SettingForm.Map && texts.GroupBy(text => Setting.Pair(text).Name).FirstOrDefault(pairs => pairs.Count() > 1) is { } twice)
                    _faults.Add($"{place}: the name '{twice.Key}' is given twice");
            }
        }

        if (options.Tls.IsOn && options.Port != 0 && options.Port == options.TlsPort)
            _faults.Add($"--tls-port: {options.TlsPort} is the port of plain HTTP too");
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
                Environment = _environment.Where(variable => !IsOfTheDaemon(variable.Key)).ToDictionary(),
                Shell = Absolute(options.JobOptions.Shell),
                Durable = options.Durable,
            },
            Warnings = [.. StrangeVariables().Select(name => $"the environment variable {name} is set, but there is no such setting")],
        };
    }

    private void RequirePath(string name)
    {
        if (FromFlagOrEnvironment(name) is "")
            _faults.Add($"{(_flags.ContainsKey(name) ? $"--{name}" : Setting.EnvironmentNameOf(name))}: should be a path");
    }

    /// <summary>What a source gives for a setting: nothing, a text, or several of them.</summary>
    private static string[] Texts(Setting setting, string? given, char separator) => given is null ? []
        : setting.IsRepeatable ? given.Split(separator, StringSplitOptions.TrimEntries)
        : [given];

    /// <summary>What concerns the daemon alone, and would mislead a program that it runs.</summary>
    private static bool IsOfTheDaemon(string variable) =>
        variable.StartsWith("FILESTORE_", StringComparison.Ordinal)
        || variable.StartsWith("DOTNET_", StringComparison.Ordinal)
        || variable is "NOTIFY_SOCKET" or "WATCHDOG_USEC" or "WATCHDOG_PID" or "LISTEN_FDS" or "LISTEN_PID";

    private DaemonOptions Apply(Setting setting, DaemonOptions options, string text, string place)
    {
        try
        {
            return setting.Apply(options, text);
        }
        catch (FormatException e)
        {
            _faults.Add($"{place}: '{text}' {e.Message}");
            return options;
        }
    }

    private Dictionary<string, (string Place, string[] Texts)> ReadConfig()
    {
        var entries = new Dictionary<string, (string, string[])>(StringComparer.Ordinal);
        var named = FromFlagOrEnvironment("config") is { Length: > 0 } name ? name : null;
        var path = Absolute(named ?? DefaultConfig);
        if (named is null && !File.Exists(path))
            return entries;

        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            ReadOnlyMemory<byte> text = File.ReadAllBytes(path);
            if (text.Span.StartsWith(Encoding.UTF8.Preamble))
                text = text[Encoding.UTF8.Preamble.Length..]; // as some editors leave it
            using var document = JsonDocument.Parse(text, options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                _faults.Add($"{path}: should hold one JSON object");
            else
                ReadEntries(document.RootElement, path, entries);
        }
        catch (JsonException e)
        {
            _faults.Add($"{path}: is not JSON, in line {e.LineNumber + 1}: {e.Message.Split(" LineNumber:")[0]}");
        }
        catch (InvalidOperationException e)
        {
            _faults.Add($"{path}: holds text that is not Unicode: {e.Message}"); // which the parser sees only when it is asked for the text
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _faults.Add($"{path}: cannot be read: {e.Message}");
        }

        return entries;
    }

    /// <summary>Reads the keys of the file, or of one of its sections.</summary>
    private void ReadEntries(JsonElement config, string path, Dictionary<string, (string Place, string[] Texts)> entries, string section = "")
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in config.EnumerateObject())
        {
            var key = section + entry.Name;
            var place = $"{path}: \"{key}\"";
            var setting = Array.Find(Setting.All, setting => setting.ConfigKey == key);
            var isSection = Setting.All.Any(setting => setting.ConfigKey.StartsWith($"{key}.", StringComparison.Ordinal));
            if (!seen.Add(entry.Name))
                _faults.Add($"{place}: stands twice");
            else if (isSection && entry.Value.ValueKind == JsonValueKind.Object)
                ReadEntries(entry.Value, path, entries, $"{key}.");
            else if (isSection)
                _faults.Add($"{place}: should be an object");
            else if (setting is null || entry.Name.Contains('.'))
                _faults.Add($"{place}: there is no such key; there are {string.Join(", ", KeysOf(section))}");
            else if (TextsOf(setting.Form, entry.Value) is { } texts)
                entries[key] = (place, texts);
            else
                _faults.Add($"{place}: should be {Wanted(setting.Form)}");
        }
    }

    private static IEnumerable<string> KeysOf(string section) => Setting.All.Select(setting => setting.ConfigKey)
        .Where(key => key.StartsWith(section, StringComparison.Ordinal))
        .Select(key => key[section.Length..].Split('.')[0])
        .Distinct();

    /// <summary>What stands for a setting in the file, as the texts that the command line would have; null if it is of another form.</summary>
    private static string[]? TextsOf(SettingForm form, JsonElement value) => (form, value.ValueKind) switch
    {
        (SettingForm.Text or SettingForm.Number, JsonValueKind.String) => [value.GetString()!],
        (SettingForm.Number, JsonValueKind.Number) => [value.GetRawText()],
        (SettingForm.Switch, JsonValueKind.True or JsonValueKind.False) => [value.GetRawText()],
        (SettingForm.List, JsonValueKind.Array) when value.EnumerateArray().All(IsText) => [.. value.EnumerateArray().Select(item => item.GetString()!)],
        (SettingForm.Map, JsonValueKind.Object) when value.EnumerateObject().All(member => IsText(member.Value) && !member.Name.Contains('=')) =>
            [.. value.EnumerateObject().Select(member => $"{member.Name}={member.Value.GetString()}")],
        _ => null,
    };

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;

    private static string Wanted(SettingForm form) => form switch
    {
        SettingForm.Number => "a number, or a text",
        SettingForm.Switch => "true or false",
        SettingForm.List => "a list of texts",
        SettingForm.Map => "an object of texts, without = in its names",
        _ => "a text",
    };

    private IEnumerable<string> StrangeVariables() =>
        from name in _environment.Keys.Order(StringComparer.Ordinal)
        where name.StartsWith("FILESTORE_", StringComparison.Ordinal)
        where name != Setting.EnvironmentNameOf("home") && name != Setting.EnvironmentNameOf("config")
        where !Setting.All.Any(setting => setting.EnvironmentName == name)
        select name;

    private string? FromFlagOrEnvironment(string name) =>
        _flags.GetValueOrDefault(name) ?? _environment.GetValueOrDefault(Setting.EnvironmentNameOf(name));

    [return: NotNullIfNotNull(nameof(path))]
    private string? Absolute(string? path) => path is null ? null : Path.GetFullPath(path, _home);
}
