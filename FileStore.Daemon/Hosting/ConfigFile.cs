using System.Text;
using System.Text.Json;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Hosting;

/// <summary>The configuration file: JSON with comments and trailing commas, taken apart into texts as the command line has them.</summary>
internal static class ConfigFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="faults">Takes what is wrong with it.</param>
    /// <returns>For each key that is set, where it stands and what the command line would say.</returns>
    internal static Dictionary<string, (string Place, string[] Texts)> Read(string path, List<string> faults)
    {
        var entries = new Dictionary<string, (string, string[])>(StringComparer.Ordinal);
        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            ReadOnlyMemory<byte> text = File.ReadAllBytes(path);
            if (text.Span.StartsWith(Encoding.UTF8.Preamble))
                text = text[Encoding.UTF8.Preamble.Length..]; // as some editors leave it
            using var document = JsonDocument.Parse(text, options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                faults.Add($"{path}: should hold one JSON object");
            else
                ReadEntries(document.RootElement, path, entries, faults);
        }
        catch (JsonException e)
        {
            faults.Add($"{path}: {JsonText.Fault(e)}");
        }
        catch (InvalidOperationException e)
        {
            faults.Add($"{path}: holds text that is not Unicode: {e.Message}"); // which the parser sees only when it is asked for the text
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{path}: cannot be read: {e.Message}");
        }

        return entries;
    }

    /// <summary>Reads the keys of the file, or of one of its sections.</summary>
    private static void ReadEntries(
        JsonElement config, string path, Dictionary<string, (string Place, string[] Texts)> entries, List<string> faults, string section = "")
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in config.EnumerateObject())
        {
            var key = section + entry.Name;
            var place = $"{path}: \"{key}\"";
            var setting = Array.Find(Setting.All, setting => setting.ConfigKey == key);
            var isSection = Setting.All.Any(setting => setting.ConfigKey.StartsWith($"{key}.", StringComparison.Ordinal));
            if (!seen.Add(entry.Name))
                faults.Add($"{place}: stands twice");
            else if (isSection && entry.Value.ValueKind == JsonValueKind.Object)
                ReadEntries(entry.Value, path, entries, faults, $"{key}.");
            else if (isSection)
                faults.Add($"{place}: should be an object");
            else if (setting is null || entry.Name.Contains('.'))
                faults.Add($"{place}: there is no such key; there are {string.Join(", ", KeysOf(section))}");
            else if (TextsOf(setting.Form, entry.Value) is { } texts)
                entries[key] = (place, texts);
            else
                faults.Add($"{place}: should be {Wanted(setting.Form)}");
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
        (SettingForm.Json, JsonValueKind.Array) => [value.GetRawText()],
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
        SettingForm.Json => "a list",
        SettingForm.Map => "an object of texts, without = in its names",
        _ => "a text",
    };
}
