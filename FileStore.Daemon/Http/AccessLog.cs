using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Serilog;

namespace FileStore.Daemon.Http;

/// <summary>One line for each request, in words that a terminal and a reader of lines can take.</summary>
internal static partial class AccessLog
{
    private const int LongestMethod = 32;
    private const int LongestTarget = 2000;

    internal static void Write(
        ILogger log, string method, string target, int status, long bytes, double milliseconds, IPAddress client, string? token = null)
    {
        if (method.Length > LongestMethod)
            method = method[..LongestMethod] + "...";
        // One piece of text: of several, the library would make as many objects, and put them together again.
        var line = string.Create(CultureInfo.InvariantCulture, $"{method} {Escape(target)} {status} {bytes} B {milliseconds:0.0} ms {client}");
        log.Information("{Line:l}", token is null ? line : $"{line} {token}");
    }

    /// <summary>A target as one word of bounded length, without access tokens.</summary>
    internal static string Escape(string target)
    {
        if (target.Contains(AccessToken.Prefix, StringComparison.Ordinal))
            target = AnyToken().Replace(target, AccessToken.Prefix + "***");
        return target.Length <= LongestTarget ? RequestTarget.ToAscii(target) : RequestTarget.ToAscii(target[..LongestTarget]) + "...";
    }

    [GeneratedRegex("fst_[A-Za-z0-9_-]{43,}")]
    private static partial Regex AnyToken();
}
