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
            // The last one stands; a fault in one that does not is a fault all the same.
            if (config.TryGetValue(setting.ConfigKey, out var entry))
                options = Apply(setting, options, entry.Text, entry.Place);
            if (_environment.TryGetValue(setting.EnvironmentName, out var variable))
                options = Apply(setting, options, variable, setting.EnvironmentName);
            if (_flags.TryGetValue(setting.Name, out var flag))
                options = Apply(setting, options, flag, $"--{setting.Name}");
        }

        if (options.Tls.IsOn && options.Port != 0 && options.Port == options.TlsPort)
            _faults.Add($"--tls-port: {options.TlsPort} is the port of plain HTTP too");
        return options with
        {
            Store = Absolute(options.Store),
            PidFile = Absolute(options.PidFile),
            LogFile = Absolute(options.LogFile),
            Tls = options.Tls with { Certificate = Absolute(options.Tls.Certificate), Key = Absolute(options.Tls.Key) },
            Warnings = [.. StrangeVariables().Select(name => $"the environment variable {name} is set, but there is no such setting")],
        };
    }

    private void RequirePath(string name)
    {
        if (FromFlagOrEnvironment(name) is "")
            _faults.Add($"{(_flags.ContainsKey(name) ? $"--{name}" : Setting.EnvironmentNameOf(name))}: should be a path");
    }

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

    private Dictionary<string, (string Text, string Place)> ReadConfig()
    {
        var entries = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
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

    private void ReadEntries(JsonElement config, string path, Dictionary<string, (string Text, string Place)> entries)
    {
        foreach (var entry in config.EnumerateObject())
        {
            var place = $"{path}: \"{entry.Name}\"";
            var setting = Array.Find(Setting.All, setting => setting.ConfigKey == entry.Name);
            if (setting is null)
                _faults.Add($"{place}: there is no such key; there are {string.Join(", ", Setting.All.Select(s => s.ConfigKey))}");
            else if (entry.Value.ValueKind != JsonValueKind.String && !(setting.IsNumber && entry.Value.ValueKind == JsonValueKind.Number))
                _faults.Add($"{place}: should be {(setting.IsNumber ? "a number, or a text" : "a text")}");
            else if (!entries.TryAdd(entry.Name, (entry.Value.ToString(), place)))
                _faults.Add($"{place}: stands twice");
        }
    }

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
