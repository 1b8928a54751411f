namespace FileStore.Daemon.Http.Engines;

/// <summary>
/// The value of the Date header (RFC 9110, 6.6.1), formatted once per second. Kestrel's own may lag by a second and so
/// precede a Last-Modified.
/// </summary>
internal static class DateHeader
{
    private static volatile Cached _cached = new(0, "");

    internal static string Now()
    {
        var now = DateTimeOffset.UtcNow;
        var second = now.ToUnixTimeSeconds();
        var cached = _cached;
        if (cached.Second != second)
            _cached = cached = new Cached(second, now.ToString("R", System.Globalization.CultureInfo.InvariantCulture));
        return cached.Text;
    }

    private sealed record Cached(long Second, string Text);
}
