namespace FileStore.Daemon.Http.Engines;

/// <summary>The field Date (RFC 9110, 6.6.1), made once a second. Kestrel's own may be a second late, and so before a Last-Modified.</summary>
internal static class DateHeader
{
    private static volatile Moment _last = new(0, "");

    internal static string Now()
    {
        var now = DateTimeOffset.UtcNow;
        var second = now.ToUnixTimeSeconds();
        var last = _last;
        if (last.Second != second)
            _last = last = new Moment(second, now.ToString("R", System.Globalization.CultureInfo.InvariantCulture));
        return last.Text;
    }

    private sealed record Moment(long Second, string Text);
}
