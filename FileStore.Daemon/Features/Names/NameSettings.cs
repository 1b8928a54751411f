using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Names;

/// <summary>The options of names.</summary>
internal sealed record NameSettings
{
    internal static readonly OptionDefinition[] Definitions =
    [
        new("grace", (o, text) => o.With(Of(o) with { Grace = OptionText.Duration(text) }), OptionKind.Number),
    ];

    /// <summary>How long a file stays that nothing points at any more.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromHours(1);

    internal static NameSettings Of(DaemonOptions options) => options.Find<NameSettings>() ?? new NameSettings();
}
