using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Serilog;

namespace FileStore.Daemon.Http;

/// <summary>
/// A client's connection to Kestrel. What it tells the client by itself, about heads that are no request, has no word of
/// why: in HTTP/1 that is replaced by an answer of ours.
/// </summary>
internal sealed class KestrelConnection
{
    internal static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly ConnectionContext _connection;
    private readonly Socket _socket;
    private readonly long _since = Environment.TickCount64;
    private readonly TransferRate _lastWords;
    private volatile bool _isReady;

    private KestrelConnection(ConnectionContext connection, bool isSecure)
    {
        _connection = connection;
        _socket = connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        _lastWords = NewRate(sending: true);
        Client = Peer.Plain(((IPEndPoint)connection.RemoteEndPoint!).Address);
        IsSecure = isSecure;
    }

    /// <summary>The other end's address.</summary>
    internal IPAddress Client { get; }

    internal bool IsSecure { get; }

    /// <summary>Set while an exchange answers: all that goes out otherwise is Kestrel talking by itself.</summary>
    internal bool AnswerIsOurs { get; set; }

    /// <summary>Whether the socket was closed, by whichever side.</summary>
    internal bool IsClosed => !_socket.Connected;

    /// <summary>Takes note of a new connection.</summary>
    internal static KestrelConnection Attach(ConnectionContext connection, bool isSecure)
    {
        var attached = new KestrelConnection(connection, isSecure);
        connection.Features.Set(attached);
        return attached;
    }

    /// <summary>The connection to which these features belong, or those of a request on it.</summary>
    internal static KestrelConnection Of(IFeatureCollection features) => features.GetRequiredFeature<KestrelConnection>();

    /// <summary>Carries HTTP, once TLS is there if it is wanted, to the connection's end.</summary>
    internal async Task RunAsync(ConnectionContext connection, ILogger log, ConnectionDelegate next)
    {
        _isReady = true;
        if (connection.Features.Get<ISslStreamFeature>()?.SslStream.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
            connection.Transport = new Pipes(connection.Transport.Input, new Filter(connection.Transport.Output, this, log));
        try
        {
            await next(connection);
        }
        finally
        {
            _lastWords.Begin(); // what the client has not fetched yet
        }
    }

    /// <summary>To be called once a second, by one thread. True when it neither comes to a handshake nor to an end.</summary>
    internal bool IsOverdue() => _isReady
        ? _lastWords.IsTooSlow()
        : IsSecure && Environment.TickCount64 - _since > HandshakeTimeout.TotalMilliseconds;

    internal void Abort() => _connection.Abort();

    /// <summary>Measures a transfer on this connection; what is sent is seen below TLS, and for all that the connection carries.</summary>
    internal TransferRate NewRate(bool sending) => new(_socket, sending);

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Filter(PipeWriter output, KestrelConnection connection, ILogger log) : PipeWriter
    {
        private byte[] _unasked = [];
        private int _count;

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (connection.AnswerIsOurs)
                return output.GetMemory(sizeHint);
            if (_unasked.Length < _count + Math.Max(sizeHint, 512))
                Array.Resize(ref _unasked, _count + Math.Max(sizeHint, 512));
            return _unasked.AsMemory(_count);
        }

        public override Span<byte> GetSpan(int sizeHint = 0) =>
            connection.AnswerIsOurs ? output.GetSpan(sizeHint) : GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            if (connection.AnswerIsOurs)
                output.Advance(bytes);
            else
                _count += bytes;
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (_count > 0)
                Judge();
            return output.FlushAsync(cancellationToken);
        }

        public override void CancelPendingFlush() => output.CancelPendingFlush();

        public override void Complete(Exception? exception = null)
        {
            if (_count > 0)
                Judge();
            output.Complete(exception);
        }

        /// <summary>A refusal is said in our words; "100 Continue" goes out as it is.</summary>
        private void Judge()
        {
            var said = _unasked.AsSpan(0, _count);
            if (said.Length > 12 && Utf8Parser.TryParse(said[9..12], out int status, out _) && status >= 400)
            {
                var answer = Problem.RawAnswer(status, WhatIsWrong(status));
                AccessLog.Write(log, "-", "-", status, answer.Length, 0, connection.Client);
                said = answer;
            }

            output.Write(said);
            _count = 0;
        }

        private static string WhatIsWrong(int status) => status switch
        {
            408 => "the head of the request did not come in time",
            414 => $"the request line is longer than {RequestHead.MaxRequestLine} bytes",
            431 => $"the head of the request is longer than {RequestHead.MaxLength} bytes or has more than {RequestHead.MaxFields} fields",
            505 => "the only versions served are HTTP/1.0, HTTP/1.1 and, with TLS, HTTP/2",
            _ => "the head of the request is malformed",
        };
    }
}
