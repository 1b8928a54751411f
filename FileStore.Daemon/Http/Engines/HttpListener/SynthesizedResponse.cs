using System.Net.Sockets;
using System.Text;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// Replaces what HttpListener writes by itself. It writes only when it rejects a request or was left alone with one, since
/// all other responses bypass it.
/// </summary>
internal sealed class SynthesizedResponse(Socket socket)
{
    /// <summary>The status that was sent for the current request; 0 if none was.</summary>
    internal int Status { get; private set; }

    /// <summary>The length of that response in bytes.</summary>
    internal long Length { get; private set; }

    /// <summary>A new request begins.</summary>
    internal void Reset() => Status = 0;

    /// <summary>Sends a problem response with the status of the one that HttpListener wrote.</summary>
    internal void Replace(ReadOnlySpan<byte> written)
    {
        if (Status != 0)
            return;
        Status = written.Length > 12 && int.TryParse(Encoding.ASCII.GetString(written[9..12]), out var status) ? status : 400;
        var problem = Problem.RawResponse(Status, "the request is malformed");
        Length = problem.Length;
        SocketCloser.TrySend(socket, problem);
    }
}
