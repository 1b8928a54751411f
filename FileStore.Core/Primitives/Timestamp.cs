using System.Globalization;

namespace FileStore.Core.Primitives;

/// <summary>Formats times for clients and journals.</summary>
public static class Timestamp
{
    /// <summary>A time in UTC with milliseconds (RFC 3339), such as <c>2026-11-21T01:07:41.250Z</c>.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
