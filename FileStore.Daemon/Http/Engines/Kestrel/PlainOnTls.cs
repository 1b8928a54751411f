using Microsoft.AspNetCore.Connections;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>Responds in plain HTTP to clients that speak plain HTTP to the HTTPS port.</summary>
internal static class PlainOnTls
{
    private const byte Handshake = 22; // the type of a client's first record: RFC 8446, 5.1

    internal static async Task RunAsync(ConnectionContext connection, AccessLog access, ConnectionDelegate next)
    {
        if (await BeginsHandshakeAsync(connection, access))
            await next(connection);
    }

    /// <summary>
    /// Examines the first byte without consuming it. A client that does not start a handshake gets a response, and its
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
            input.AdvanceTo(received.Buffer.Start);
            if (isHandshake)
                return true;
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
