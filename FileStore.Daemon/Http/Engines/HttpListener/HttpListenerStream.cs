using System.Net;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// The stream between HttpListener and a client's socket. It reads each request's head itself, checks it, and gives
/// HttpListener one that holds no surprises, and no body; bodies are read past HttpListener; what HttpListener would answer
/// by itself is replaced.
/// </summary>
internal sealed class HttpListenerStream(Socket socket, IHttpListenerStreamOwner owner, TimeProvider time) : NetworkStream(socket, ownsSocket: true)
{
    private static readonly byte[] Continue = "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray();

    private readonly ReceivedBytes _received = new();
    private readonly Lock _closeLock = new();
    private bool _isInRequest;
    private bool _owesContinue;
    private volatile bool _isEnded;
    private AsyncCallback? _readCallback;
    private AsyncCallback? _onHeadRead;
    private HttpListenerExchange? _previous;
    private long _headSince;
    private long _idleSince;

    /// <summary>The other end's address, kept because a socket forgets it when it closes.</summary>
    internal IPAddress Client { get; } = Peer.Of(socket);

    internal TransferRate Receiving { get; } = new(socket, sending: false);

    internal SocketWriter Outbound { get; } = new(socket);

    /// <summary>What was sent in place of HttpListener's own response to the current request.</summary>
    internal SynthesizedResponse Synthesized { get; } = new(socket);

    /// <summary>When the first byte of a head came that is not whole yet, as a timestamp of the clock; 0 if none.</summary>
    internal long HeadSince => Volatile.Read(ref _headSince);

    /// <summary>Since when a request is waited for, likewise; 0 while there is one.</summary>
    internal long IdleSince => Volatile.Read(ref _idleSince);

    /// <summary>The head of the request that HttpListener was given last.</summary>
    internal RequestHead? Head { get; private set; }

    /// <summary>Whether the socket was closed, by whichever side.</summary>
    internal bool IsClosed => !Socket.Connected;

    /// <summary>Called before HttpListener is told that an exchange is over: what it reads next is a head.</summary>
    internal void ExpectHead(HttpListenerExchange previous)
    {
        _isInRequest = false;
        _previous = previous;
    }

    /// <summary>Lets go of an exchange that is over, unless it is not the last one any more.</summary>
    internal void ForgetExchange(HttpListenerExchange previous) => Interlocked.CompareExchange(ref _previous, null, previous);

    internal bool HasClientLeft => Peer.HasClosed(Socket);

    /// <summary>Cuts the connection with a reset.</summary>
    internal void Abort() => SocketCloser.Abort(Socket);

    /// <summary>Ends our side, and gives the client time to read the answer to a request that it is still sending.</summary>
    internal Task LingerAsync()
    {
        _isEnded = true;
        return SocketCloser.LingerAsync(Socket);
    }

    /// <summary>
    /// Ends a connection on which nobody has asked for anything for long. HttpListener would, a little later, by a reset.
    /// </summary>
    internal void CloseIdle()
    {
        lock (_closeLock)
            SocketCloser.Shutdown(Socket, SocketShutdown.Both);
    }

    /// <summary>Answers a client whose head never ended, and cuts it off.</summary>
    internal async Task TimeOutHeadAsync()
    {
        Volatile.Write(ref _headSince, 0);
        _isEnded = true;
        await RefuseAsync(408, "the head of the request did not come in time");
        SocketCloser.Shutdown(Socket, SocketShutdown.Send);
        await Task.Delay(SocketCloser.LingerTimeout);
        Socket.Dispose();
    }

    /// <summary>Receives bytes of the current request's body, in whatever coding; 0 if the client has closed its side.</summary>
    internal ValueTask<int> ReceiveBodyAsync(Memory<byte> buffer) =>
        _received.IsEmpty ? ReceiveFromSocketAsync(buffer) : ValueTask.FromResult(_received.Take(buffer.Span));

    /// <summary>Keeps what was received beyond the end of a body: the next request begins with it.</summary>
    internal void PushBack(ReadOnlySpan<byte> bytes) => _received.PushBack(bytes);

    /// <summary>
    /// What HttpListener reads is heads alone. It gets each in one piece, since it would call itself once more for each
    /// further piece.
    /// </summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isEnded ? ValueTask.FromResult(0) : ReadHeadAsync(buffer);

    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state)
    {
        _readCallback = callback;
        return TaskToAsyncResult.Begin(ReadAsync(buffer.AsMemory(offset, count)).AsTask(), _onHeadRead ??= OnHeadRead, state);
    }

    /// <summary>HttpListener expects of a stream over a socket that it throws nothing but IOException.</summary>
    public override int EndRead(IAsyncResult asyncResult)
    {
        try
        {
            return TaskToAsyncResult.End<int>(asyncResult);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Called only for responses that HttpListener makes by itself.</summary>
    public override void Write(byte[] buffer, int offset, int count)
    {
        Synthesized.Replace(buffer.AsSpan(offset, count));
        _isEnded = true;
    }

    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state)
    {
        Write(buffer, offset, count);
        return TaskToAsyncResult.Begin(Task.CompletedTask, callback, state);
    }

    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Lets HttpListener make a request of a head, and has that taken from it.</summary>
    private void OnHeadRead(IAsyncResult read)
    {
        // Looked at before: as soon as HttpListener has the request, another connection's thread may take it, and be done with it.
        var (isRequest, previous) = (_isInRequest, read.CompletedSynchronously ? _previous : null);
        _readCallback!(read);
        if (isRequest)
            owner.OnRequest(previous);
    }

    /// <summary>Reads until a head is whole, and hands out what HttpListener is to know of it; 0 bytes if there is no further request.</summary>
    private async ValueTask<int> ReadHeadAsync(Memory<byte> buffer)
    {
        Synthesized.Reset();
        Receiving.Reset();
        Outbound.Rate.Reset();
        Volatile.Write(ref _idleSince, time.GetTimestamp());
        try
        {
            RequestHead? head;
            while ((head = _received.TakeHead()) is null)
            {
                if (!_received.IsEmpty && _headSince == 0)
                    Volatile.Write(ref _headSince, time.GetTimestamp());
                var count = await Socket.ReceiveAsync(_received.GetMemory(), SocketFlags.None, CancellationToken.None);
                if (count == 0)
                {
                    lock (_closeLock)
                        return 0; // a socket that is closed while another thread is in a call of it is reset, and what the client has not fetched yet is lost
                }

                if (!_isEnded) // else it comes too late, and is swallowed while the client reads why
                    _received.Add(count);
            }

            BeginRequest(head);
            var forHttpListener = head.ForHttpListener();
            forHttpListener.CopyTo(buffer);
            return forHttpListener.Length;
        }
        catch (BadHeadException e)
        {
            await RefuseAsync(e.Status, e.Message);
            await LingerAsync();
            return 0;
        }
        finally
        {
            Volatile.Write(ref _headSince, 0);
            Volatile.Write(ref _idleSince, 0);
        }
    }

    private async ValueTask<int> ReceiveFromSocketAsync(Memory<byte> buffer)
    {
        if (_owesContinue)
        {
            _owesContinue = false;
            await Socket.SendAsync(Continue, SocketFlags.None, CancellationToken.None);
        }

        Receiving.BeginWait();
        var count = await Socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None);
        Receiving.EndWait(count);
        return count;
    }

    private async Task RefuseAsync(int status, string detail)
    {
        var problem = Problem.RawResponse(status, detail);
        owner.OnRefused(Client, status, problem.Length);
        try
        {
            await Outbound.SendAsync(problem);
        }
        catch (Exception e) when (SocketCloser.IsConnectionFailure(e))
        {
            // Nobody is there to read it.
        }
    }

    private void BeginRequest(RequestHead head)
    {
        Head = head;
        _isInRequest = true;
        _owesContinue = head.ExpectsContinue && _received.IsEmpty;
    }
}
