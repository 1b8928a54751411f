using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Access;

/// <summary>The content of <c>tokens.json</c>.</summary>
/// <param name="Tokens">The tokens in the order in which they were added; possibly none.</param>
/// <param name="Stamp">The state of the file that was read.</param>
internal sealed record TokenFile(IReadOnlyList<AccessToken> Tokens, FileStamp Stamp)
{
    internal const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Far more than anyone needs. Each request is compared with all tokens.</summary>
    internal const int MaxBytes = 1 << 20;

    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ssZ";

    private static readonly string[] Members = ["name", "scopes", "sha256", "created"];

    /// <summary>Reads the file. Null if it does not exist.</summary>
    /// <exception cref="TokenFileException">
    /// It cannot be read or parsed. A part of it is never used, since it might be the wrong part.
    /// </exception>
    internal static TokenFile? Read(string path)
    {
        FileStamp stamp = default;
        try
        {
            return DurableFile.TryRead(path, MaxBytes, out stamp) is { } bytes ? new TokenFile(Parse(bytes), stamp) : null;
        }
        catch (IOException e)
        {
            throw new TokenFileException($"the access tokens cannot be read: {e.Message}", null);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            // InvalidOperationException: invalid Unicode, which the parser notices only when the text is read.
            throw new TokenFileException($"{path}: {e.Message}", stamp);
        }
    }

    /// <summary>Writes the file, readable by its owner only. The owner is the directory's.</summary>
    /// <exception cref="IOException">It could not be written. The old file stands.</exception>
    internal static void Write(string path, IEnumerable<AccessToken> tokens)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("tokens");
            foreach (var token in tokens)
                Write(json, token);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        if (buffer.Length > MaxBytes)
            throw new IOException($"'{path}' would be longer than {MaxBytes} bytes: revoke unused tokens");
        DurableFile.Replace(path, buffer.ToArray(), Mode, forDirectoryOwner: true);
    }

    /// <summary>A time in the file's format.</summary>
    internal static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static void Write(Utf8JsonWriter json, AccessToken token)
    {
        json.WriteStartObject();
        json.WriteString("name", token.Name);
        json.WriteStartArray("scopes");
        foreach (var scope in ScopeNames.In(token.Scopes))
            json.WriteStringValue(scope);
        json.WriteEndArray();
        json.WriteString("sha256", Convert.ToHexStringLower(token.Hash));
        json.WriteString("created", Format(token.Created));
        json.WriteEndObject();
    }

    /// <exception cref="FormatException">The text is not a token file.</exception>
    private static List<AccessToken> Parse(ReadOnlyMemory<byte> text)
    {
        if (text.Span.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..]; // some editors add it
        try
        {
            using var document = JsonDocument.Parse(text);
            var list = Object(document.RootElement, "the file", ["tokens"])[0];
            if (list.ValueKind != JsonValueKind.Array)
                throw new FormatException("\"tokens\" should be a list");
            var tokens = list.EnumerateArray().Select((entry, i) => Token(entry, $"token {i + 1}")).ToList();
            if (tokens.GroupBy(token => token.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
                throw new FormatException($"the name '{twice.Key}' occurs twice");
            return tokens;
        }
        catch (JsonException e)
        {
            throw new FormatException(JsonText.Fault(e));
        }
    }

    private static AccessToken Token(JsonElement entry, string place)
    {
        var members = Object(entry, place, Members);
        var name = Text(members[0], place, Members[0]);
        if (!AccessToken.IsName(name))
            throw new FormatException($"{place}: \"name\" should be 1 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-'");

        // Never quote this value: it might be the token itself, pasted by mistake.
        var hash = Text(members[2], place, Members[2]);
        if (!Digest.TryParse(HashKind.Sha256, hash, out var digest))
            throw new FormatException($"{place}: \"sha256\" should be the {2 * SHA256.HashSizeInBytes} hexadecimal digits of the token's SHA-256");
        if (!DateTimeOffset.TryParseExact(Text(members[3], place, Members[3]), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var created))
            throw new FormatException($"{place}: \"created\" should be a time such as 2026-11-21T01:07:41Z");
        return new AccessToken(name, Scopes(members[1], place), digest.ToBytes(), created);
    }

    private static Scope Scopes(JsonElement list, string place)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw new FormatException($"{place}: \"scopes\" should be a list of {ScopeNames.Choices}");
        Scope scopes = 0;
        foreach (var element in list.EnumerateArray())
        {
            scopes |= ScopeNames.Find(Text(element, place, Members[1]))
                ?? throw new FormatException($"{place}: \"scopes\": {Redact(element.GetRawText())} is not one of {ScopeNames.Choices}");
        }

        return scopes;
    }

    /// <summary>Text of the file for a message, unless it may contain a token that was pasted into the wrong place.</summary>
    private static string Redact(string text) => text.Contains(AccessToken.Prefix, StringComparison.Ordinal) ? "***" : text;

    private static string Text(JsonElement element, string place, string member) => element.ValueKind == JsonValueKind.String
        ? element.GetString()!
        : throw new FormatException($"{place}: \"{member}\" should be text");

    /// <summary>The members of an object that has each of these exactly once, and no others.</summary>
    private static JsonElement[] Object(JsonElement element, string place, string[] names)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new FormatException($"{place} should be a JSON object");
        var members = new JsonElement?[names.Length];
        foreach (var member in element.EnumerateObject())
        {
            var i = Array.IndexOf(names, member.Name);
            if (i < 0)
                throw new FormatException($"{place} has a member \"{Redact(JsonEncodedText.Encode(member.Name).Value)}\"; there are {string.Join(", ", names)}");
            if (members[i] is not null)
                throw new FormatException($"{place}: \"{names[i]}\" occurs twice");
            members[i] = member.Value;
        }

        var missing = Array.FindIndex(members, member => member is null);
        return missing < 0 ? [.. members.Select(member => member!.Value)] : throw new FormatException($"{place} has no \"{names[missing]}\"");
    }
}

/// <summary>The token file cannot be used. The message names the file.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="stamp">The state of the faulty file; null if it could not be read, which may pass.</param>
internal sealed class TokenFileException(string message, FileStamp? stamp) : Exception(message)
{
    internal FileStamp? Stamp { get; } = stamp;
}
