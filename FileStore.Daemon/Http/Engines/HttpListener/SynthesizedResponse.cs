using System.Net.Sockets;
using System.Text;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// Replaces the responses that HttpListener writes by itself. It does so only if it rejects a request, or nobody has
/// started a response; all other responses bypass it.
/// </summary>
internal sealed class SynthesizedResponse(Socket socket)
{
    /// <summary>The status that was sent for the current request; 0 if none was.</summary>
    internal int Status { get; private set; }

    /// <summary>The length of that response in bytes.</summary>
    internal long Length { get; private set; }

    /// <summary>Called when a new request starts.</summary>
    internal void Reset() => Status = 0;

    /// <summary>Sends a problem response with the status of the one that HttpListener wrote.</summary>
    internal void Replace(ReadOnlySpan<byte> written)
    {
        if (Status != 0)
            return;
        Status = written.Length > 12 && int.TryParse(Encoding.ASCII.GetString(written[9..12]), out var status) ? status : 400;
        var problem = RawResponse.Of(Status, "the request is malformed");
        Length = problem.Length;
        SocketCloser.TrySend(socket, problem);
    }
}
