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
        const string line = "{Method:l} {Target:l} {Status} {Bytes} B {Milliseconds:0.0} ms {Client:l}";
        if (token is null)
            log.Information(line, method, Escape(target), status, bytes, milliseconds, client.ToString());
        else
            log.Information(line + " {Token:l}", method, Escape(target), status, bytes, milliseconds, client.ToString(), token);
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
