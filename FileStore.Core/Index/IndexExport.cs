using System.Globalization;
using System.Text.Json;
using FileStore.Core.Primitives;

namespace FileStore.Core.Index;

/// <summary>The lines of an export: JSON objects, one for each name, and one for each held blob that nothing points at.</summary>
public static class IndexExport
{
    /// <summary>The longest line, in characters: a name has 1024 bytes, each of which may be escaped.</summary>
    public const int MaxLine = 16 << 10;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JsonText.Plain };

    /// <summary>A record as a line, without its line break, in UTF-8.</summary>
    public static byte[] Format(IndexRecord record)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            if (record.Name is { } name)
            {
                json.WriteString("name", name.Text);
                json.WriteString("file_hash", record.Digest.Hex);
                json.WriteNumber("size", record.Size);
                json.WriteString("type", record.Type);
                json.WriteString("modified", Timestamp.Format(record.Time));
                json.WriteBoolean("held", record.IsHeld);
            }
            else
            {
                json.WriteString("released", record.Digest.Hex);
                json.WriteString("since", Timestamp.Format(record.Time));
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line, without its line break.</param>
    /// <param name="kind">The hash that names the blobs of the store.</param>
    /// <exception cref="FormatException">It is not a line of an export; the message says why.</exception>
    public static IndexRecord Parse(string line, HashKind kind)
    {
        try
        {
            using var json = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 2 });
            var record = json.RootElement;
            if (record.ValueKind != JsonValueKind.Object)
                throw new FormatException("is not a JSON object");
            if (record.TryGetProperty("released", out _))
                return new IndexRecord(null, DigestOf(record, "released", kind), 0, "", TimeOf(record, "since"), IsHeld: true);
            if (!BlobName.TryParse(Text(record, "name"), out var name, out var fault))
                throw new FormatException($"has a name that {fault}");
            return new IndexRecord(name, DigestOf(record, "file_hash", kind), SizeOf(record), Text(record, "type"), TimeOf(record, "modified"),
                record.TryGetProperty("held", out var held) && held.ValueKind == JsonValueKind.True);
        }
        catch (JsonException e)
        {
            throw new FormatException(JsonText.Fault(e), e);
        }
    }

    private static string Text(JsonElement record, string member) => record.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new FormatException($"has no text \"{member}\"");

    private static Digest DigestOf(JsonElement record, string member, HashKind kind) => Digest.TryParse(kind, Text(record, member), out var digest)
        ? digest
        : throw new FormatException($"has a \"{member}\" that is not {kind}, which names the files of this store");

    private static long SizeOf(JsonElement record) => record.TryGetProperty("size", out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var size) && size >= 0
        ? size
        : throw new FormatException("has no number \"size\"");

    private static DateTimeOffset TimeOf(JsonElement record, string member) =>
        DateTimeOffset.TryParse(Text(record, member), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new FormatException($"has a \"{member}\" that is not a time such as 2026-11-29T12:00:00.000Z");
}
