using System.Text.Json;
using FileStore.Core.Tasks;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Tasks;

/// <summary>The options of tasks.</summary>
internal sealed record TaskSettings(TaskOptions Tasks)
{
    private const string Wanted = "a list such as [{ \"id\": 1, \"name\": \"vuln scan\", \"file\": \"tools/1.zip\" }]";

    internal static readonly OptionDefinition[] Definitions =
    [
        new("tasks", (o, text) => o.With(Of(o) with { File = OptionText.FilePath(text, o) }), OptionKind.SectionFile, "tasks.file"),
        OptionDefinition.InSection("tasks", "base-path", (o, text) => o.With(Of(o) with { BasePath = ParseBasePath(text) })),
        OptionDefinition.InSection("tasks", "items", WithItems, OptionKind.Json),
        OfReports("max-size", (rules, text) => rules with { MaxSize = OptionText.Size(text, 0, long.MaxValue) }, OptionKind.Number),
        OfReports("content-types", (rules, text) => rules with { ContentTypes = [.. rules.ContentTypes, OptionText.MediaType(text)] }, OptionKind.List),
        OfReports("required-fields", (rules, text) => rules with { RequiredFields = [.. rules.RequiredFields, ParseField(text)] }, OptionKind.List),
    ];

    /// <summary>A file that holds the section of these options; null for none.</summary>
    public string? File { get; init; }

    /// <summary>The beginning of the paths of tasks: empty, or a path with its first slash.</summary>
    public string BasePath { get; init; } = "/xyz/api/cleaner";

    internal static TaskSettings Of(DaemonOptions options) =>
        options.Find<TaskSettings>() ?? new TaskSettings(new TaskOptions { Folder = options.Absolute("tasks") });

    /// <exception cref="FormatException">No request could have this path.</exception>
    internal static string ParseBasePath(string text)
    {
        if (text == "/")
            return "";
        var isSound = text.StartsWith('/') && !text.AsSpan().ContainsAny("?#{}%") && !text.Any(char.IsControl)
            && text[1..].Split('/').All(segment => segment is not ("" or "." or ".."));
        return isSound ? text : throw new FormatException("should be a path such as /xyz/api/cleaner, without ? # { } %, empty segments, dots alone or a slash at the end; or / for none");
    }

    /// <summary>The tasks.</summary>
    /// <param name="text">A JSON list.</param>
    /// <exception cref="FormatException">It says everything that is wrong with them.</exception>
    internal static IReadOnlyList<TaskItem> ParseItems(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (json.RootElement.ValueKind != JsonValueKind.Array || json.RootElement.GetArrayLength() == 0)
                throw new FormatException($"should be {Wanted}, with one task at least");
            var faults = new List<string>();
            var items = json.RootElement.EnumerateArray().Select((item, index) => Item(item, $"task {index + 1} of the list", faults)).ToList();
            faults.AddRange(items.Where(item => item.Id > 0).GroupBy(item => item.Id).Where(same => same.Count() > 1).Select(same => $"the id {same.Key} is given twice"));
            return faults.Count == 0 ? items : throw new FormatException($"should be {Wanted}: {string.Join("; ", faults)}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"should be {Wanted}, and is not JSON");
        }
    }

    /// <exception cref="FormatException">No field of a form could have this name.</exception>
    internal static string ParseField(string text) =>
        text.Length > 0 && !text.Any(char.IsControl) ? text : throw new FormatException("should be the name of a field of a form");

    private static DaemonOptions WithItems(DaemonOptions options, string text)
    {
        var items = ParseItems(text).Select(item => item with { File = item.File is null ? null : options.Absolute(item.File) });
        return options.With(Of(options) with { Tasks = Of(options).Tasks with { Items = [.. items] } });
    }

    private static OptionDefinition OfReports(string name, Func<ReportRules, string, ReportRules> apply, OptionKind kind) =>
        OptionDefinition.InSection("tasks.report", name,
            (o, text) => o.With(Of(o) with { Tasks = Of(o).Tasks with { Rules = apply(Of(o).Tasks.Rules, text) } }), kind);

    private static TaskItem Item(JsonElement json, string place, List<string> faults)
    {
        var item = new TaskItem(0, "");
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"{place} should be an object");
            return item;
        }

        var seen = new HashSet<string>();
        foreach (var member in json.EnumerateObject())
        {
            if (!seen.Add(member.Name))
                faults.Add($"{place}: \"{member.Name}\" is given twice");
            switch (member.Name)
            {
                case "id" when member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt64(out var id) && id > 0:
                    item = item with { Id = id };
                    break;
                case "id":
                    faults.Add($"{place}: \"id\" should be a whole number, 1 or more");
                    break;
                case "name" when Text(member.Value) is { } name && !string.IsNullOrWhiteSpace(name) && !name.Any(char.IsControl):
                    item = item with { Name = name };
                    break;
                case "name":
                    faults.Add($"{place}: \"name\" should be a text without control characters, and not blank");
                    break;
                case "file" when Text(member.Value) is { Length: > 0 } file && !file.Contains('\0'):
                    item = item with { File = file };
                    break;
                case "file":
                    faults.Add($"{place}: \"file\" should be a path");
                    break;
                default:
                    faults.Add($"{place}: unknown key \"{member.Name}\"; use id, name or file");
                    break;
            }
        }

        faults.AddRange(from needed in (string[])["id", "name"] where !seen.Contains(needed) select $"{place}: \"{needed}\" is missing");
        return item;
    }

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
