using System.Net;
using System.Text;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Engines;

namespace FileStore.Tests.Support;

/// <summary>A request without a connection, and what was answered to it.</summary>
internal sealed class FakeExchange(string method = "GET", string target = "/") : IHttpExchange
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);
    private readonly MemoryStream _sent = new();

    public string Method => method;

    public string Target => target;

    public BadHeadException? HeadFault { get; init; }

    public IPAddress Client { get; init; } = IPAddress.Loopback;

    public bool HasClientLeft { get; init; }

    public bool IsHttp1 { get; init; } = true;

    public bool IsSecure { get; init; }

    public long? ContentLength { get; init; }

    public bool HasBody { get; init; }

    public bool IsChunked { get; init; }

    public Stream Body { get; init; } = Stream.Null;

    public long BytesReceived => Body.CanSeek ? Body.Position : 0;

    public int Status { get; set; } = 500;

    /// <summary>The reason phrase, if it is another than the status has.</summary>
    public string? Reason { get; private set; }

    public long ResponseLength { get; set; }

    public bool HasStarted => BytesSent > 0 || IsComplete;

    public long BytesSent => _sent.Length;

    public bool IsComplete { get; private set; }

    public bool IsAborted { get; private set; }

    public bool ClosesAfterwards { get; private set; }

    /// <summary>The answer's fields.</summary>
    public Dictionary<string, string> Answer { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The answer's body.</summary>
    public string Text => Encoding.UTF8.GetString(_sent.ToArray());

    /// <summary>An exchange with a body that is in memory.</summary>
    public static FakeExchange WithBody(string method, string target, byte[] body) =>
        new(method, target) { Body = new MemoryStream(body), ContentLength = body.Length, HasBody = body.Length > 0 };

    /// <summary>Adds a field of the request; null adds none.</summary>
    public FakeExchange With(string name, string? value)
    {
        if (value is not null)
            _fields[name] = value;
        return this;
    }

    public Request ToRequest() => new(this, "0123456789abcdef") { Target = target == "*" ? null : RequestTarget.Parse(target) };

    public string? Header(string name) => _fields.GetValueOrDefault(name);

    public void SetHeader(string name, string value) => Answer[name] = value;

    public void SetReason(string reason) => Reason = reason;

    public void ClearHeaders() => Answer.Clear();

    public void RelaxReadTimeout()
    {
    }

    public void CloseConnection() => ClosesAfterwards = true;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        _sent.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask<long> WriteFromAsync(OpenContent content, long offset, long count) => ValueTask.FromResult(0L);

    public Task CompleteAsync()
    {
        IsComplete = true;
        return Task.CompletedTask;
    }

    public void Abort() => IsAborted = true;
}
