using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using FileStore.Daemon.Http.Engines.HttpListener;
using Microsoft.AspNetCore.Http;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// Wraps the pipes of an HTTP/1 connection of Kestrel to correct three things. A client that has closed its side still gets
/// its response. Chunked coding is checked strictly, since Kestrel is lenient. And Kestrel's own empty responses to
/// malformed requests are replaced by problem responses.
/// </summary>
internal sealed class Http1Pipes(IDuplexPipe transport, KestrelConnection connection, CancellationTokenSource clientGone, AccessLog access) : IDuplexPipe
{
    private static readonly TimeSpan FirstTimeout = TimeSpan.FromMilliseconds(100);

    public PipeReader Input { get; } = new Inbound(transport.Input, connection);

    public PipeWriter Output { get; } = new Outbound(transport.Output, connection, clientGone, access);

    /// <summary>
    /// Gives a client that still sends a refused request time to read the response. A client that sends nothing more is not
    /// waited for.
    /// </summary>
    internal async Task LingerAsync()
    {
        try
        {
            await transport.Output.FlushAsync();
            await SocketCloser.DrainAsync(transport.Input.AsStream(leaveOpen: true), FirstTimeout);
        }
        catch (Exception e) when (e is InvalidOperationException || SocketCloser.IsConnectionFailure(e))
        {
            // The client has left.
        }
    }

    /// <summary>Hides the end of the input until all data was examined: Kestrel stops responding once it sees the end.</summary>
    private sealed class Inbound(PipeReader input, KestrelConnection connection) : PipeReader
    {
        private ReadOnlySequence<byte> _presented;
        private ChunkedFraming? _chunks;
        private long _checked;
        private bool _isAllExamined;

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Filter(await input.ReadAsync(cancellationToken));

        public override bool TryRead(out ReadResult result)
        {
            if (!input.TryRead(out result))
                return false;
            result = Filter(result);
            return true;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _isAllExamined = examined.Equals(_presented.End);
            _checked = Math.Max(0, _checked - _presented.Slice(0, consumed).Length);
            input.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => input.CancelPendingRead();

        public override void Complete(Exception? exception = null)
        {
            if (!connection.IsRefused) // otherwise the rest is drained, and the transport completes it
                input.Complete(exception);
        }

        private ReadResult Filter(ReadResult result)
        {
            _presented = result.Buffer;
            if (!connection.HasBody)
                connection.NamesVersion = NamesVersion(_presented);
            if (connection.HasBody && connection.Chunks is { } chunks && !IsWellFormed(chunks))
                throw Reject("the chunked coding of the request's body is malformed");
            if (result.IsCanceled && connection.IsEnding)
                return new ReadResult(result.Buffer, isCanceled: false, isCompleted: true); // otherwise Kestrel would wait for the rest of a head
            if (!result.IsCompleted)
                return result;
            if (!_isAllExamined && !result.Buffer.IsEmpty)
                return new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false);
            if (!connection.HasBody)
                return result;
            throw Reject("the request's body was cut short");
        }

        /// <summary>
        /// Whether the first line ends with an HTTP version. Kestrel has accepted all earlier lines, so it is the request
        /// line.
        /// </summary>
        private static bool NamesVersion(ReadOnlySequence<byte> head)
        {
            const int end = 10; // " HTTP/1.1" and the CR
            if (head.PositionOf((byte)'\n') is not { } lineFeed)
                return false;
            var line = head.Slice(0, lineFeed);
            Span<byte> last = stackalloc byte[end];
            line.Slice(Math.Max(0, line.Length - end)).CopyTo(last);
            return HeadRules.NamesVersion(last[..^1]);
        }

        /// <summary>Checks the bytes of a chunked body that were not checked before.</summary>
        private bool IsWellFormed(ChunkedFraming chunks)
        {
            if (_chunks != chunks)
                (_chunks, _checked) = (chunks, 0);
            foreach (var piece in _presented.Slice(_checked))
            {
                if (chunks.Advance(piece.Span) is not { } count)
                    return false;
                _checked += count;
            }

            return true;
        }

        private BadHttpRequestException Reject(string reason)
        {
            input.AdvanceTo(_presented.Start, _presented.End);
            return new BadHttpRequestException(reason);
        }
    }

    private sealed class Outbound(PipeWriter output, KestrelConnection connection, CancellationTokenSource clientGone, AccessLog access) : PipeWriter
    {
        private byte[] _buffer = [];
        private int _bufferedCount;

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (connection.IsResponding)
                return output.GetMemory(sizeHint);
            if (_buffer.Length < _bufferedCount + Math.Max(sizeHint, 512))
                Array.Resize(ref _buffer, _bufferedCount + Math.Max(sizeHint, 512));
            return _buffer.AsMemory(_bufferedCount);
        }

        public override Span<byte> GetSpan(int sizeHint = 0) =>
            connection.IsResponding ? output.GetSpan(sizeHint) : GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            if (connection.IsResponding)
                output.Advance(bytes);
            else
                _bufferedCount += bytes;
        }

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (_bufferedCount > 0)
                FlushBuffered();
            var flushed = await output.FlushAsync(cancellationToken);
            if (flushed.IsCompleted)
                await clientGone.CancelAsync(); // the program has stopped reading any more
            return flushed;
        }

        public override void CancelPendingFlush() => output.CancelPendingFlush();

        public override void Complete(Exception? exception = null)
        {
            if (_bufferedCount > 0)
                FlushBuffered();
            if (!connection.IsRefused)
                output.Complete(exception);
        }

        /// <summary>Replaces an error response of Kestrel. "100 Continue" is passed on.</summary>
        private void FlushBuffered()
        {
            var bytes = _buffer.AsSpan(0, _bufferedCount);
            if (StatusOf(bytes) is var status and >= 400)
            {
                var problem = RawResponse.Of(status, DetailOf(status));
                access.Write("-", "-", status, problem.Length, TimeSpan.Zero, connection.Client);
                bytes = problem;
                connection.IsRefused = true;
            }

            output.Write(bytes);
            _bufferedCount = 0;
        }

        private int StatusOf(ReadOnlySpan<byte> bytes)
        {
            if (!bytes.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(bytes[9..12], out int status, out _))
                return 505; // a frame of HTTP/2, in response to its preface
            // Kestrel says 405 for a target that no method allows, and 505 for a malformed version.
            return status == 405 || (status == 505 && !connection.NamesVersion) ? 400 : status;
        }

        private static string DetailOf(int status) => status switch
        {
            408 => "the request headers were not received in time",
            414 => $"the request line is longer than {RequestHead.MaxRequestLine} bytes",
            431 => $"the head of the request is longer than {RequestHead.MaxLength} bytes or has more than {RequestHead.MaxHeaders} headers",
            505 => "the supported versions are HTTP/1.0, HTTP/1.1 and, with TLS, HTTP/2",
            _ => "the head of the request is malformed",
        };
    }
}
