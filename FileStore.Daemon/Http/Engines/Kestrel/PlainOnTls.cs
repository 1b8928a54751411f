using Microsoft.AspNetCore.Connections;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// Responds in plain HTTP to clients that speak plain HTTP to the HTTPS port, and ends connections whose handshake begins with
/// anything but a ClientHello: without one, no certificate is chosen, and SslStream takes that for a mistake of the program.
/// </summary>
internal static class PlainOnTls
{
    private const byte Handshake = 22; // the type of a client's first record: RFC 8446, 5.1
    private const byte ClientHello = 1; // the type of its first message, which follows the record's header: RFC 8446, 4
    private const int RecordHeader = 5;

    internal static async Task RunAsync(ConnectionContext connection, AccessLog access, ConnectionDelegate next)
    {
        if (await BeginsHandshakeAsync(connection, access))
            await next(connection);
    }

    /// <summary>
    /// Examines the first bytes without consuming them. A client that does not start a handshake gets a response, and its
    /// connection ends.
    /// </summary>
    private static async Task<bool> BeginsHandshakeAsync(ConnectionContext connection, AccessLog access)
    {
        try
        {
            var input = connection.Transport.Input;
            var received = await input.ReadAsync();
            if (received.Buffer.IsEmpty)
                return false; // the client has left
            var isHandshake = received.Buffer.FirstSpan[0] == Handshake;
            while (isHandshake && received.Buffer.Length <= RecordHeader && !received.IsCompleted)
            {
                input.AdvanceTo(received.Buffer.Start, received.Buffer.End);
                received = await input.ReadAsync();
            }

            var isHello = isHandshake && received.Buffer.Length > RecordHeader && received.Buffer.Slice(RecordHeader).FirstSpan[0] == ClientHello;
            input.AdvanceTo(received.Buffer.Start);
            if (isHandshake)
                return isHello;
            var problem = RawResponse.Of(400, "this port speaks HTTPS: the URL should begin with https://");
            access.Write("-", "-", 400, problem.Length, TimeSpan.Zero, KestrelConnection.Of(connection.Features).Client);
            await connection.Transport.Output.WriteAsync(problem);
            await SocketCloser.DrainAsync(input.AsStream());
        }
        catch (Exception e) when (e is OperationCanceledException || SocketCloser.IsConnectionFailure(e))
        {
            // The client has left, or was cut off.
        }

        return false;
    }
}
