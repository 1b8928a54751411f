using System.Net;
using Serilog;

namespace FileStore.Daemon.Http;

/// <summary>One line for each request, in words that a terminal and a reader of lines can take.</summary>
internal static class AccessLog
{
    private const int LongestTarget = 2000;

    internal static void Write(ILogger log, string method, string target, int status, long bytes, double milliseconds, IPAddress client) =>
        log.Information("{Method:l} {Target:l} {Status} {Bytes} B {Milliseconds:0.0} ms {Client:l}",
            method, Escape(target), status, bytes, milliseconds, client.ToString());

    /// <summary>A target as one word of bounded length.</summary>
    internal static string Escape(string target) =>
        target.Length <= LongestTarget ? RequestTarget.ToAscii(target) : RequestTarget.ToAscii(target[..LongestTarget]) + "...";
}
