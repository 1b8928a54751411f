using System.Globalization;
using System.Net;
using System.Text;
using Serilog;

namespace FileStore.Daemon.Http;

/// <summary>One line for each request, in words that a terminal and a reader of lines can take.</summary>
internal static class AccessLog
{
    private const int LongestTarget = 2000;

    internal static void Write(ILogger log, string method, string target, int status, long bytes, double milliseconds, IPAddress client) =>
        log.Information("{Method:l} {Target:l} {Status} {Bytes} B {Milliseconds:0.0} ms {Client:l}",
            method, Escape(target), status, bytes, milliseconds, client.ToString());

    /// <summary>A target as one word: what is not printable ASCII is percent-encoded.</summary>
    internal static string Escape(string target)
    {
        if (target.Length <= LongestTarget && !target.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return target;

        var escaped = new StringBuilder(target.Length + 16);
        foreach (var c in target.AsSpan(0, Math.Min(target.Length, LongestTarget)))
        {
            if (c is >= '!' and <= '~')
                escaped.Append(c);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
        }

        return target.Length > LongestTarget ? escaped.Append("...").ToString() : escaped.ToString();
    }
}
