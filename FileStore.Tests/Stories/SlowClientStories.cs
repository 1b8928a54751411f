using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>
/// Which clients may be slow and which are dropped, by the real clock and by the hundred (SlowClientTests have the short
/// way). All of them are slow at the same time, from the start of the fixture on; each test looks at the fate of one.
/// </summary>
[Category("Long")]
public sealed partial class SlowClientStories(string engine) : DaemonFixture(engine)
{
    private const int LongerThanAnyWindow = 36;

    private readonly CancellationTokenSource _end = new();
    private Sample _big;
    private Fates _fates;

    private sealed record Fates(
        Task<RawAnswer?> DribblingHead, Task<bool> SilentInHead, Task<double> SlowBody, Task<double> SlowChunks, Task<double> StoppedBody,
        Task<RawAnswer?> SteadyBody, Task<double> StoppedReader, Task<byte[]> SteadyReader);

    [OneTimeSetUp]
    public async Task StartAll()
    {
        _big = Sample.Random(24_000_000);
        await StoreAsync(_big.Bytes);
        var get = $"GET /files/{_big.Hash} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

        _fates = new Fates(
            DribblingHead: Task.Run(DribbleHeadAsync),
            SilentInHead: Task.Run(() => With(Daemon.Connect(), socket =>
            {
                socket.SendText("GET /healthz HT");
                return socket.IsClosedWithin(25);
            })),
            SlowBody: Task.Run(() => SecondsUntilDroppedAsync("Content-Length: 1000000\r\n\r\n", "x")),
            SlowChunks: Task.Run(() => SecondsUntilDroppedAsync("Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")),
            StoppedBody: Task.Run(() => SecondsUntilDroppedAsync("Content-Length: 1000000\r\n\r\n" + new string('x', 500_000), "")),
            SteadyBody: Task.Run(SendSteadilyAsync),
            StoppedReader: Task.Run(() => With(Daemon.Connect(receiveBuffer: 8 << 10), async socket =>
            {
                socket.SendText(get);
                socket.Receive(new byte[100]);
                return await SecondsUntilAsync(() => !IsEstablished(socket));
            })),
            SteadyReader: Task.Run(() => With(Daemon.Connect(receiveBuffer: 8 << 10), socket => ReadSteadilyAsync(socket, get))));
        StartCrowds(get);
    }

    [OneTimeTearDown]
    public void EndAll()
    {
        _end.Cancel();
        _end.Dispose();
        _quietClient?.Dispose();
        _quiet?.Dispose();
        _quietFolder?.Dispose();
    }

    [Test]
    public async Task A_head_that_dribbles_is_answered_408_and_cut() => (await _fates.DribblingHead).ShouldBeProblem(408);

    [Test]
    public async Task A_head_that_stops_is_cut() => (await _fates.SilentInHead).Should().BeTrue();

    [Test]
    public async Task A_body_that_dribbles_is_dropped() => (await _fates.SlowBody).Should().BeInRange(25, 70);

    [Test]
    public async Task A_chunked_body_that_dribbles_is_dropped() => (await _fates.SlowChunks).Should().BeInRange(25, 70);

    [Test]
    public async Task A_body_that_stops_is_dropped_and_leaves_nothing()
    {
        (await _fates.StoppedBody).Should().BeInRange(25, 70);
        await Task.WhenAll(_fates.SlowBody, _fates.SlowChunks, _fates.SteadyBody);
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task A_body_of_3_KB_a_second_is_taken() => (await _fates.SteadyBody)!.Status.Should().Be(200);

    [Test]
    public async Task A_reader_that_stops_is_dropped() => (await _fates.StoppedReader).Should().BeInRange(25, 70);

    [Test]
    public async Task A_reader_of_5_KB_a_second_gets_every_byte() => (await _fates.SteadyReader).Should().Equal(_big.Bytes);

    private async Task<RawAnswer?> DribbleHeadAsync()
    {
        using var socket = Daemon.Connect();
        socket.SendText("GET /healthz HTTP/1.1\r\nX: ");
        await Eventually.HoldsAsync(() => socket.Available > 0 || !TrySend(socket, "xxxxxxxxxx"), seconds: 25);
        return socket.ReadAnswer();
    }

    private async Task<RawAnswer?> SendSteadilyAsync()
    {
        using var socket = Daemon.Connect();
        socket.SendText($"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {LongerThanAnyWindow * 3072}\r\n\r\n");
        for (var second = 0; second < LongerThanAnyWindow; second++)
        {
            await Task.Delay(1000, _end.Token);
            TrySend(socket, new string('x', 3072));
        }

        return socket.ReadAnswer();
    }

    private async Task<byte[]> ReadSteadilyAsync(Socket socket, string request)
    {
        socket.SendText(request);
        var start = new MemoryStream();
        for (var second = 0; second < LongerThanAnyWindow; second++)
        {
            await Task.Delay(1000, _end.Token);
            var piece = new byte[5 << 10];
            start.Write(piece, 0, socket.Receive(piece));
        }

        byte[] all = [.. start.ToArray(), .. socket.ReadToEnd()];
        return all[^Math.Min(all.Length, _big.Bytes.Length)..];
    }

    /// <summary>How long an upload lasts that goes on with <paramref name="piece"/> every 100 ms.</summary>
    private async Task<double> SecondsUntilDroppedAsync(string rest, string piece)
    {
        using var socket = Daemon.Connect();
        socket.SendText($"POST / HTTP/1.1\r\nHost: h\r\n{rest}");
        return await SecondsUntilAsync(() => !TrySend(socket, piece) || !IsEstablished(socket));
    }

    private async Task<double> SecondsUntilAsync(Func<bool> condition)
    {
        var started = Environment.TickCount64;
        while (!condition() && Environment.TickCount64 - started < 90_000)
            await Task.Delay(100, _end.Token);
        return (Environment.TickCount64 - started) / 1000.0;
    }

    private static bool IsEstablished(Socket socket)
    {
        const int tcp = 6, tcpInfo = 11, established = 1; // the first byte of struct tcp_info, linux/tcp.h
        Span<byte> info = stackalloc byte[1];
        socket.GetRawSocketOption(tcp, tcpInfo, info);
        return info[0] == established;
    }

    private static bool TrySend(Socket socket, string text)
    {
        try
        {
            socket.SendText(text);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static T With<T>(Socket socket, Func<Socket, T> use)
    {
        using (socket)
            return use(socket);
    }

    private static async Task<T> With<T>(Socket socket, Func<Socket, Task<T>> use)
    {
        using (socket)
            return await use(socket);
    }
}
