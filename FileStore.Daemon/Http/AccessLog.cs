using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Http;

/// <summary>One line for each request, in words that a terminal and a reader of lines can take.</summary>
/// <param name="output">Takes the text of a line.</param>
internal sealed partial class AccessLog(Action<ReadOnlySpan<char>> output)
{
    private const int LongestMethod = 32;
    private const int LongestTarget = 2000;
    private const int Usual = 512;
    private const int Others = 300; // characters of all but method, target and token, and more than they ever take

    internal void Write(string method, string target, int status, long bytes, TimeSpan time, IPAddress client, string? token = null)
    {
        if (method.Length > LongestMethod)
            method = method[..LongestMethod] + "...";
        target = Escape(target);
        var length = method.Length + target.Length + (token?.Length ?? 0) + Others;
        var line = length <= Usual ? stackalloc char[Usual] : new char[length];
        var tenths = (time.Ticks + 500) / 1000; // of a millisecond
        line.TryWrite(CultureInfo.InvariantCulture,
            $"{method} {target} {status} {bytes} B {tenths / 10}.{tenths % 10} ms {client}{(token is null ? "" : " ")}{token}", out var written);
        output(line[..written]);
    }

    /// <summary>A target as one word of bounded length, without access tokens and the signatures of links.</summary>
    internal static string Escape(string target)
    {
        if (target.Contains(AccessToken.Prefix, StringComparison.Ordinal))
            target = AnyToken().Replace(target, AccessToken.Prefix + "***");
        if (target.Contains("key=", StringComparison.Ordinal))
            target = AnyLink().Replace(target, "$1***");
        return target.Length <= LongestTarget ? RequestTarget.ToAscii(target) : RequestTarget.ToAscii(target[..LongestTarget]) + "...";
    }

    [GeneratedRegex("fst_[A-Za-z0-9_-]{43,}")]
    private static partial Regex AnyToken();

    [GeneratedRegex("([?&]key=)[^&]+")]
    private static partial Regex AnyLink();
}
