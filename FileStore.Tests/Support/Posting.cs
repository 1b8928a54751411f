using System.Net;
using System.Text;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Outgoing;

namespace FileStore.Tests.Support;

/// <summary>Files that are passed on, and those they are passed on to.</summary>
internal static class Posting
{
    public const string Done = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\ndone";

    /// <summary>Somebody who takes a form to its end, remembers it, and answers.</summary>
    public static Trap Taking(List<string> forms, string answer = Done) => new(async (stream, ct) =>
    {
        var form = await ReadFormAsync(stream, ct);
        lock (forms)
            forms.Add(form);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), ct);
    });

    /// <summary>A form as it came, one byte a character (Latin-1), up to its closing boundary.</summary>
    public static async Task<string> ReadFormAsync(Stream stream, CancellationToken ct)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 << 10];
        int count;
        while (!(text.Length >= 4 && text.ToString(text.Length - 4, 4) == "--\r\n") && (count = await stream.ReadAsync(buffer, ct)) > 0)
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        return text.ToString();
    }

    public static ForwardedFile File(OpenContent content, string name = "a.gz", string? type = "application/gzip", params FormField[] others) =>
        new("somefile", name, type, content, others);

    public static Task<Answered> PostAsync(this Upstream upstream, ForwardedFile file) => upstream.PostAsync(file, async (message, body, ct) =>
    {
        using var reader = new StreamReader(body);
        return new Answered((int)message.StatusCode, message.Headers.Location?.OriginalString, await reader.ReadToEndAsync(ct));
    });

    public static Uri UrlOf(Trap trap, string path = "/in") => new($"http://{new IPEndPoint(IPAddress.Loopback, trap.Port)}{path}");
}

/// <summary>What an upstream answered.</summary>
internal sealed record Answered(int Status, string? Location, string Text);
