using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines;

/// <summary>The timeout of the TLS handshake.</summary>
[TestFixture]
public sealed class HandshakeTimeoutTests() : TimedFixture("https")
{
    [TestCase]
    [TestCase((byte)22, (byte)3, (byte)1, (byte)2)] // the beginning of a client's first record
    public async Task A_handshake_that_does_not_come_to_an_end_is_cut_after_10_seconds(params byte[] beginning)
    {
        using var socket = await ConnectAsync();
        socket.SendAll(beginning);
        (await SecondsAsync(() => !IsEstablished(socket))).Should().BeInRange(9, 12);
    }
}
