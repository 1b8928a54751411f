using System.Net;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// The stream between HttpListener and a client's socket. It reads and checks each request head itself and gives
/// HttpListener a minimal one without a body. Bodies bypass HttpListener, and the responses that it makes by itself are
/// replaced.
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

    /// <summary>The client's address. The socket forgets it when it closes.</summary>
    internal IPAddress Client { get; } = Peer.Of(socket);

    internal TransferRate Receiving { get; } = new(socket, sending: false);

    internal SocketWriter Outbound { get; } = new(socket);

    /// <summary>The response that replaced HttpListener's own response to the current request.</summary>
    internal SynthesizedResponse Synthesized { get; } = new(socket);

    /// <summary>The timestamp of the first byte of an incomplete head; 0 if there is none.</summary>
    internal long HeadSince => Volatile.Read(ref _headSince);

    /// <summary>The timestamp since which the connection waits for a request; 0 while there is one.</summary>
    internal long IdleSince => Volatile.Read(ref _idleSince);

    /// <summary>The head of the latest request.</summary>
    internal RequestHead? Head { get; private set; }

    /// <summary>Whether either side has closed the socket.</summary>
    internal bool IsClosed => !Socket.Connected;

    /// <summary>Called before HttpListener completes an exchange: what it reads next is a head.</summary>
    internal void ExpectHead(HttpListenerExchange previous)
    {
        _isInRequest = false;
        _previous = previous;
    }

    /// <summary>Releases a completed exchange, unless a newer one has replaced it.</summary>
    internal void ForgetExchange(HttpListenerExchange previous) => Interlocked.CompareExchange(ref _previous, null, previous);

    internal bool HasClientLeft => Peer.HasClosed(Socket);

    /// <summary>Resets the connection.</summary>
    internal void Abort() => SocketCloser.Abort(Socket);

    /// <summary>Shuts down our side and gives the client time to read the response to a request that it is still sending.</summary>
    internal Task LingerAsync()
    {
        _isEnded = true;
        return SocketCloser.LingerAsync(Socket);
    }

    /// <summary>Closes a connection that was idle for too long. HttpListener would reset it a little later.</summary>
    internal void CloseIdle()
    {
        lock (_closeLock)
            SocketCloser.Shutdown(Socket, SocketShutdown.Both);
    }

    /// <summary>Responds to a client whose head is incomplete after the timeout, and closes the connection.</summary>
    internal async Task TimeOutHeadAsync()
    {
        Volatile.Write(ref _headSince, 0);
        _isEnded = true;
        await RefuseAsync(408, "the request headers were not received in time");
        SocketCloser.Shutdown(Socket, SocketShutdown.Send);
        await Task.Delay(SocketCloser.LingerTimeout);
        Socket.Dispose();
    }

    /// <summary>
    /// Receives bytes of the current request's body, still in its transfer coding. Returns 0 if the client has closed its
    /// side.
    /// </summary>
    internal ValueTask<int> ReceiveBodyAsync(Memory<byte> buffer) =>
        _received.IsEmpty ? ReceiveFromSocketAsync(buffer) : ValueTask.FromResult(_received.Take(buffer.Span));

    /// <summary>Puts back bytes received beyond the end of a body: the next request starts with them.</summary>
    internal void PushBack(ReadOnlySpan<byte> bytes) => _received.PushBack(bytes);

    /// <summary>HttpListener reads only heads. It gets each in one piece, since it recurses once per piece.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isEnded ? ValueTask.FromResult(0) : ReadHeadAsync(buffer);

    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state)
    {
        _readCallback = callback;
        return TaskToAsyncResult.Begin(ReadAsync(buffer.AsMemory(offset, count)).AsTask(), _onHeadRead ??= OnHeadRead, state);
    }

    /// <summary>HttpListener expects a network stream to throw only IOException.</summary>
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

    /// <summary>Lets HttpListener make a request of a head, and hands the request to the engine.</summary>
    private void OnHeadRead(IAsyncResult read)
    {
        // Read these first: once HttpListener has the request, another connection's thread may take and finish it.
        var (isRequest, previous) = (_isInRequest, read.CompletedSynchronously ? _previous : null);
        _readCallback!(read);
        if (isRequest)
            owner.OnRequest(previous);
    }

    /// <summary>
    /// Reads a complete head and passes the minimal one to HttpListener. Returns 0 if there is no further request.
    /// </summary>
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
                        return 0; // closing a socket while another thread uses it resets the connection, and the client would lose unread data
                }

                if (!_isEnded) // otherwise it is too late; the bytes are discarded while the client reads the response
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
        var problem = RawResponse.Of(status, detail);
        owner.OnRefused(Client, status, problem.Length);
        try
        {
            await Outbound.SendAsync(problem);
        }
        catch (Exception e) when (SocketCloser.IsConnectionFailure(e))
        {
            // The client is gone.
        }
    }

    private void BeginRequest(RequestHead head)
    {
        Head = head;
        _isInRequest = true;
        _owesContinue = head.ExpectsContinue && _received.IsEmpty;
    }
}
