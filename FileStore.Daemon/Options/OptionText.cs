using System.Globalization;
using System.Text.Json;
using FileStore.Core.Primitives;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Options;

/// <summary>Reads the values of options. Each method throws <see cref="FormatException"/>, whose message says what the value should be.</summary>
internal static class OptionText
{
    private static readonly JsonSerializerOptions CommandJson = new() { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>A decimal number from <paramref name="min"/> to <paramref name="max"/>.</summary>
    internal static long Number(string text, long min, long max) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"should be a number from {min} to {max}");

    /// <summary>A number of bytes from <paramref name="min"/> to <paramref name="max"/>, such as 500MB.</summary>
    internal static long Size(string text, long min, long max)
    {
        if (ByteSize.TryParse(text, out var bytes) && bytes >= min && bytes <= max)
            return bytes;
        var range = (min, max) switch
        {
            (0, _) => "",
            (_, long.MaxValue) => $", {min} or more",
            _ => $", from {min} to {max}",
        };
        throw new FormatException($"should be a number of bytes such as 131072, 500MB or 2GiB{range}");
    }

    /// <summary>A time above 0, of <paramref name="maxDays"/> at most: seconds, a number with a unit (90s, 5m, 1h, 7d), or hh:mm:ss.</summary>
    internal static TimeSpan Duration(string text, int maxDays = 30)
    {
        var (digits, unit) = text switch
        {
            [.. var number, 's'] => (number, 1),
            [.. var number, 'm'] => (number, 60),
            [.. var number, 'h'] => (number, 3600),
            [.. var number, 'd'] => (number, 86400),
            _ => (text, 1),
        };
        var duration = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? TimeSpan.FromSeconds((long)count * unit)
            : text.Contains(':') && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var parsed) ? parsed
            : TimeSpan.Zero;
        return duration > TimeSpan.Zero && duration.TotalDays <= maxDays
            ? duration
            : throw new FormatException($"should be a time such as 00:05:00, 5m, 1h or 7d, or a number of seconds, {maxDays} days at most");
    }

    internal static bool Switch(string text) => OneOf(text, "true", "false") == "true";

    /// <summary>One of several words, in any case; returned as it stands in <paramref name="choices"/>.</summary>
    internal static string OneOf(string text, params string[] choices) =>
        choices.FirstOrDefault(choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"should be one of {string.Join(", ", choices)}");

    /// <summary>A path, made absolute from the daemon's home.</summary>
    internal static string FilePath(string text, DaemonOptions options) =>
        text.Length > 0 && !text.Contains('\0') ? options.Absolute(text) : throw new FormatException("should be a path");

    /// <summary>An IP address, without the brackets that it may have, or a host name.</summary>
    internal static string Host(string text)
    {
        var host = text.Trim('[', ']');
        return Uri.CheckHostName(host) != UriHostNameType.Unknown ? host : throw new FormatException("should be an IP address or a name");
    }

    internal static string MediaType(string text) => MediaTypeHeaderValue.TryParse(text, out var type) && type.Parameters.Count == 0
        ? text
        : throw new FormatException("should be a media type, such as application/gzip or image/*");

    /// <summary>A program and its arguments, as a JSON list; a program with a slash in it is made absolute.</summary>
    internal static string[] Command(string text, DaemonOptions options)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(text, CommandJson) is { Length: > 0 } words && words.All(word => !string.IsNullOrEmpty(word) && !word.Contains('\0'))
                ? [words[0].Contains('/') ? options.Absolute(words[0]) : words[0], .. words[1..]]
                : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new FormatException("should be a program and its arguments, such as [\"clamdscan\", \"--no-summary\", \"-\"]");
        }
    }

    /// <summary>The two sides of NAME=VALUE; without an equals sign, the last part of the path names it.</summary>
    internal static (string Name, string Value) Pair(string text) => text.IndexOf('=') is var equals and >= 0
        ? (text[..equals], text[(equals + 1)..])
        : (Path.GetFileName(Path.TrimEndingDirectorySeparator(text)), text);
}
