using Microsoft.AspNetCore.Connections;

namespace FileStore.Daemon.Http;

/// <summary>Answers those who speak plain HTTP to the HTTPS port in words that they understand.</summary>
internal static class PlainOnTls
{
    private const byte Handshake = 22; // RFC 8446, 5.1: the type of a client's first record

    internal static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var input = connection.Transport.Input;
        var received = await input.ReadAsync(connection.ConnectionClosed);
        if (received.Buffer.IsEmpty)
            return; // it left without a word
        var isTls = received.Buffer.FirstSpan[0] == Handshake;
        input.AdvanceTo(received.Buffer.Start); // for the handshake to read it again
        if (isTls)
        {
            await next(connection);
            return;
        }

        await connection.Transport.Output.WriteAsync(Problem.RawAnswer(400, "this port speaks HTTPS: the URL should begin with https://"));
        await Closing.SwallowAsync(input.AsStream());
    }
}
