using FileStore.Core.Exports;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Exports;

/// <summary>The options of exports.</summary>
internal sealed record ExportSettings
{
    internal static readonly OptionDefinition[] Definitions =
    [
        new("export", WithDirectory, OptionKind.Map, "exports"),
        new("callback-hosts", (o, text) => o.With(Of(o) with { CallbackHosts = [.. Of(o).CallbackHosts, OptionText.Host(text)] }), OptionKind.List, IsFlag: false),
    ];

    /// <summary>The exported directories by their names.</summary>
    public IReadOnlyDictionary<string, string> Directories { get; init; } = new Dictionary<string, string>();

    /// <summary>Names and addresses that callbacks of any client may go to.</summary>
    public IReadOnlyList<string> CallbackHosts { get; init; } = [];

    internal static ExportSettings Of(DaemonOptions options) => options.Find<ExportSettings>() ?? new ExportSettings();

    private static DaemonOptions WithDirectory(DaemonOptions options, string text)
    {
        var (name, directory) = OptionText.Pair(text);
        if (!PublicName.IsValid(name) || directory.Length == 0 || directory.Contains('\0'))
            throw new FormatException("should be NAME=DIR, or DIR; a name has no slash, no control character and no dot in front");
        var settings = Of(options);
        return options.With(settings with { Directories = new Dictionary<string, string>(settings.Directories) { [name] = options.Absolute(directory) } });
    }
}
