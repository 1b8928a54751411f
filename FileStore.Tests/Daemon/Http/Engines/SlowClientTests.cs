using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines;

/// <summary>Which slow clients are tolerated, and which are dropped.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
[TestFixture("https")]
public sealed class SlowClientTests(string engine) : TimedFixture(engine)
{
    private const string Upload = "POST / HTTP/1.1\r\nHost: h\r\n";
    private const int LongerThanAnyWindow = 75;

    private readonly Sample _big = Sample.Random(12_000_000);

    [OneTimeSetUp]
    public async Task StoreAsync()
    {
        await using var incoming = await Daemon.Blobs.ReceiveAsync(new MemoryStream(_big.Bytes), _big.Bytes.Length, CancellationToken.None);
        await incoming.CommitAsync(CancellationToken.None);
    }

    private string Download => $"GET /files/{_big.Hash} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    [TestCase("Content-Length: 1000000\r\n\r\n", "x")]
    [TestCase("Content-Length: 1000000\r\n\r\n", "")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n", "")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\nff", "")]
    public async Task A_body_that_dribbles_or_stops_is_dropped_after_30_seconds(string rest, string everySecond) =>
        (await SecondsUntilDroppedAsync(Upload + rest, everySecond)).Should().BeInRange(29, 33);

    [Test]
    public async Task A_body_that_stops_after_a_good_start_is_dropped_after_30_seconds() =>
        (await SecondsUntilDroppedAsync($"{Upload}Content-Length: 1000000\r\n\r\n{new string('x', 500_000)}", "")).Should().BeInRange(29, 33);

    [Test]
    public async Task A_reader_that_stops_is_dropped_within_a_minute_and_a_half() =>
        (await SecondsUntilDroppedAsync(Download, "")).Should().BeInRange(29, 92, "bytes that it took at once earn it a minute");

    [Test]
    public async Task A_body_of_3_KB_a_second_is_taken()
    {
        using var socket = Daemon.Connect();
        await using var stream = await Daemon.OpenAsync(socket);
        await SendAsync(stream, $"{Upload}Content-Length: {LongerThanAnyWindow * 3072}\r\n\r\n");
        for (var second = 0; second < LongerThanAnyWindow; second++)
        {
            await TickAsync();
            await SendAsync(stream, new string('x', 3072));
        }

        (await ReadStatusLineAsync(stream)).Should().Be("HTTP/1.1 200 OK");
    }

    [Test]
    public async Task A_reader_of_5_KB_a_second_gets_every_byte()
    {
        using var socket = Daemon.Connect(receiveBuffer: 8 << 10);
        await using var stream = await Daemon.OpenAsync(socket);
        await SendAsync(stream, Download);
        var response = new MemoryStream();
        var piece = new byte[5 << 10];
        for (var second = 0; second < LongerThanAnyWindow; second++)
        {
            await TickAsync();
            response.Write(piece, 0, await stream.ReadAsync(piece));
        }

        await stream.CopyToAsync(response);
        response.ToArray().AsSpan()[^_big.Bytes.Length..].SequenceEqual(_big.Bytes).Should().BeTrue();
    }

    /// <summary>How many seconds of the daemon's clock a request lasts that sends <paramref name="piece"/> every second.</summary>
    private async Task<int> SecondsUntilDroppedAsync(string start, string piece)
    {
        using var socket = await ConnectAsync(receiveBuffer: 8 << 10);
        await using var stream = await Daemon.OpenAsync(socket);
        await SendAsync(stream, start);
        return await SecondsAsync(() => !IsEstablished(socket) || !TrySend(stream, piece));
    }

    private static async Task<string?> ReadStatusLineAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        return await reader.ReadLineAsync();
    }
}
