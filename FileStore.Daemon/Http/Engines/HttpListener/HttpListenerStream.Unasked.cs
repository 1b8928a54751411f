using System.Text;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>What HttpListener writes by itself: answers are ours, so that it is only what it finds fault with.</summary>
internal sealed partial class HttpListenerStream
{
    /// <summary>The status with which HttpListener, or this object for it, has answered the current request; 0 if it has not.</summary>
    internal int SynthesizedStatus { get; private set; }

    /// <summary>The length of that answer in bytes.</summary>
    internal long BytesByItself { get; private set; }

    /// <summary>All that comes here is HttpListener talking by itself.</summary>
    public override void Write(byte[] buffer, int offset, int count) => ReplaceSynthesizedResponse(buffer.AsSpan(offset, count));

    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state)
    {
        ReplaceSynthesizedResponse(buffer.AsSpan(offset, count));
        return TaskToAsyncResult.Begin(Task.CompletedTask, callback, state);
    }

    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>HttpListener found fault with a request, or was left alone with one: its page becomes our answer.</summary>
    private void ReplaceSynthesizedResponse(ReadOnlySpan<byte> answer)
    {
        if (SynthesizedStatus != 0)
            return;
        SynthesizedStatus = answer.Length > 12 && int.TryParse(Encoding.ASCII.GetString(answer[9..12]), out var status) ? status : 400;
        var problem = Problem.RawResponse(SynthesizedStatus, "the request is malformed");
        BytesByItself = problem.Length;
        SocketCloser.TrySend(Socket, problem);
        _ended = true;
    }
}
