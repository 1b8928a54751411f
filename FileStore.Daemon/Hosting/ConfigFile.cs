using System.Text;
using System.Text.Json;
using FileStore.Core.Primitives;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// A configuration file: JSON with comments and trailing commas, split into texts as the command line has them.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="definitions">The options that it may hold.</param>
/// <param name="section">The section that it holds, with its dot; empty if it holds all of them.</param>
/// <param name="faults">Takes the faults of the file.</param>
internal sealed class ConfigFile(string path, OptionDefinition[] definitions, string section, List<string> faults)
{
    private const int MaxSize = 16 << 20; // far more than anybody writes

    private readonly Dictionary<string, (string Place, string[] Texts)> _entries = new(StringComparer.Ordinal);

    /// <summary>Reads the file. Called once.</summary>
    /// <param name="isOptional">Whether it may be missing.</param>
    /// <returns>For each key that is set, its place for messages, and its values as the command line would have them.</returns>
    internal Dictionary<string, (string Place, string[] Texts)> Read(bool isOptional)
    {
        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            var content = DurableFile.TryRead(path, MaxSize, out _);
            if (content is null && isOptional)
                return _entries;
            ReadOnlyMemory<byte> text = content ?? throw new FileNotFoundException("no such file");
            if (text.Span.StartsWith(Encoding.UTF8.Preamble))
                text = text[Encoding.UTF8.Preamble.Length..]; // as some editors leave it
            using var document = JsonDocument.Parse(text, options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                faults.Add($"{path}: should hold one JSON object");
            else
                ReadEntries(document.RootElement, "");
        }
        catch (JsonException e)
        {
            faults.Add($"{path}: {JsonText.Fault(e)}");
        }
        catch (InvalidOperationException e)
        {
            faults.Add($"{path}: contains text that is not Unicode: {e.Message}"); // which the parser sees only when it is asked for the text
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            faults.Add($"{path}: no such file");
        }
        catch (Exception e) when ((e is IOException or UnauthorizedAccessException) && Directory.Exists(path))
        {
            faults.Add($"{path}: is a directory, not a file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{path}: cannot be read: {e.Message}");
        }

        return _entries;
    }

    /// <summary>Reads the keys of the file, or of a section in it.</summary>
    private void ReadEntries(JsonElement config, string inner)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in config.EnumerateObject())
        {
            var key = section + inner + entry.Name;
            var place = $"{path}: \"{inner}{entry.Name}\"";
            var definition = Array.Find(definitions, definition => definition.ConfigKey == key);
            var isSection = definitions.Any(definition => definition.ConfigKey.StartsWith($"{key}.", StringComparison.Ordinal));
            if (!seen.Add(entry.Name))
                faults.Add($"{place}: is given twice");
            else if (isSection && entry.Value.ValueKind == JsonValueKind.Object)
                ReadEntries(entry.Value, $"{inner}{entry.Name}.");
            else if (isSection)
                faults.Add($"{place}: should be an object");
            else if (definition is null || entry.Name.Contains('.'))
                faults.Add($"{place}: unknown key; use {string.Join(", ", KeysOf(section + inner))}");
            else if (TextsOf(definition.Kind, entry.Value) is { } texts)
                _entries[key] = (place, texts);
            else
                faults.Add($"{place}: should be {Wanted(definition.Kind)}");
        }
    }

    private IEnumerable<string> KeysOf(string section) => definitions.Select(definition => definition.ConfigKey)
        .Where(key => key.StartsWith(section, StringComparison.Ordinal))
        .Select(key => key[section.Length..].Split('.')[0])
        .Distinct();

    /// <summary>A value of the file, as the texts that the command line would have; null if it is of another form.</summary>
    private static string[]? TextsOf(OptionKind form, JsonElement value) => (form, value.ValueKind) switch
    {
        (OptionKind.Text or OptionKind.Number or OptionKind.SectionFile, JsonValueKind.String) => [value.GetString()!],
        (OptionKind.Number, JsonValueKind.Number) => [value.GetRawText()],
        (OptionKind.Switch, JsonValueKind.True or JsonValueKind.False) => [value.GetRawText()],
        (OptionKind.Json, JsonValueKind.Array) => [value.GetRawText()],
        (OptionKind.List, JsonValueKind.Array) when value.EnumerateArray().All(IsText) => [.. value.EnumerateArray().Select(item => item.GetString()!)],
        (OptionKind.Map, JsonValueKind.Object) when value.EnumerateObject().All(member => IsText(member.Value) && !member.Name.Contains('=')) =>
            [.. value.EnumerateObject().Select(member => $"{member.Name}={member.Value.GetString()}")],
        _ => null,
    };

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;

    private static string Wanted(OptionKind form) => form switch
    {
        OptionKind.Number => "a number, or a text",
        OptionKind.Switch => "true or false",
        OptionKind.List => "a list of texts",
        OptionKind.Json => "a list",
        OptionKind.Map => "an object of texts, without = in its names",
        _ => "a text",
    };
}
