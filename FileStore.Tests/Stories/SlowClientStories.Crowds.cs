using System.Diagnostics;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>The same by the hundred, and those that are only late.</summary>
public sealed partial class SlowClientStories
{
    private const int Crowd = 150;

    private Task<double[]> _crowdOfHeads;
    private Task<double[]> _crowdOfBodies;
    private Task<double[]> _crowdOfReaders;
    private Task<byte[]> _pausedReader;
    private Task<byte[][]> _pausedReadersOfKeptConnections;
    private Task<double> _keptConnection;
    private long _memoryBefore;
    private Task<long> _mostMemory;
    private TempFolder? _quietFolder;
    private DaemonProcess? _quiet;
    private HttpClient? _quietClient;
    private Task<double> _mostDelayOfOthers;

    [Test]
    public async Task A_crowd_of_heads_that_dribble_is_cut() => (await _crowdOfHeads).Should().HaveCount(Crowd).And.OnlyContain(seconds => seconds >= 8 && seconds <= 20);

    [Test]
    public async Task A_crowd_of_bodies_that_dribble_is_dropped() => (await _crowdOfBodies).Should().HaveCount(Crowd).And.OnlyContain(seconds => seconds >= 25 && seconds <= 70);

    [Test]
    public async Task A_crowd_of_readers_that_stop_is_dropped() => (await _crowdOfReaders).Should().HaveCount(Crowd).And.OnlyContain(seconds => seconds >= 25 && seconds <= 70);

    [Test]
    public async Task Meanwhile_others_are_served()
    {
        var delay = await _mostDelayOfOthers;
        TestContext.Out.WriteLine($"{delay:0.000} s more at most than with a daemon that has no crowds");
        delay.Should().BeLessThan(5, "a download and an upload take milliseconds, or a little more while a busy machine makes the crowds");
    }

    [Test]
    public async Task A_crowd_takes_little_memory_and_leaves_nothing()
    {
        var most = await _mostMemory;
        TestContext.Out.WriteLine($"{_memoryBefore >> 20} MB before, {most >> 20} MB at most");
        (most - _memoryBefore).Should().BeLessThan(3 * Crowd * (512 << 10), "a slow client costs its buffers");
        Daemon.LogText.Should().NotContain(" ERROR ");
    }

    [Test]
    public async Task A_reader_that_pauses_behind_the_last_write_gets_every_byte()
    {
        (await _pausedReader).Should().Equal(_big.Bytes[..LateBytes]);
        foreach (var late in await _pausedReadersOfKeptConnections) // the daemon ends these meanwhile, which once in a hundred times was a reset
            late.AsSpan().SequenceEqual(_big.Bytes.AsSpan(0, LateBytes)).Should().BeTrue("{0} bytes came", late.Length);
    }

    [Test]
    public async Task A_kept_connection_is_ended_when_nothing_comes()
    {
        if (Engine == "kestrel")
            (await _keptConnection).Should().BeGreaterThanOrEqualTo(LongerThanAnyWindow); // it waits for a minute, and we do not
        else
            (await _keptConnection).Should().BeInRange(11, 20);
    }

    [Test]
    public async Task A_reader_of_300_KB_a_second_that_pauses_before_the_end_gets_every_byte()
    {
        using var socket = Daemon.Connect(receiveBuffer: 64 << 10);
        socket.SendText($"GET /files/{_big.Hash} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        var all = new MemoryStream();
        var piece = new byte[300 << 10];
        while (all.Length < _big.Bytes.Length - 1_000_000)
        {
            await Task.Delay(1000);
            var count = socket.Receive(piece);
            all.Write(piece, 0, count);
            for (var second = count; second < piece.Length && (count = socket.Receive(piece.AsSpan(0, piece.Length - second))) > 0; second += count)
                all.Write(piece, 0, count);
        }

        await Task.Delay(25_000); // the daemon has written its last byte, and closed its side
        all.Write(socket.ReadToEnd());
        all.ToArray()[^_big.Bytes.Length..].Should().Equal(_big.Bytes);
    }

    /// <summary>Few enough for the kernels' buffers, so that the daemon is done with them before they are read.</summary>
    private const int LateBytes = 200_000;

    private void StartCrowds(string get)
    {
        _quietFolder = new TempFolder();
        _quiet = DaemonProcess.Start(_quietFolder.Path, "--engine", Engine);
        _quietClient = _quiet.NewClient();
        _memoryBefore = ProcessUse.Memory(Daemon.Pid);
        _crowdOfHeads = Task.Run(() => SecondsUntilEachIsDroppedAsync("GET /healthz HTTP/1.1\r\nX: ", "x"));
        _crowdOfBodies = Task.Run(() => SecondsUntilEachIsDroppedAsync("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + new string('x', 50_000), "x"));
        _crowdOfReaders = Task.Run(() => SecondsUntilEachIsDroppedAsync(get, "", receiveBuffer: 8 << 10));
        _keptConnection = Task.Run(() => With(Daemon.Connect(), socket =>
        {
            socket.SendText("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
            socket.ReadAnswer();
            var since = Environment.TickCount64;
            return SecondsUntilAsync(() => !IsEstablished(socket) || Environment.TickCount64 - since >= LongerThanAnyWindow * 1000);
        }));
        _mostMemory = Task.Run(MostMemoryAsync);
        _mostDelayOfOthers = Task.Run(() => MostDelayOfOthersAsync(_quietClient));
        _pausedReader = Task.Run(() => ReadLateAsync(get.Replace("Host: h", $"Host: h\r\nRange: bytes=0-{LateBytes - 1}")));
        _pausedReadersOfKeptConnections = Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ =>
            ReadLateAsync($"GET /files/{_big.Hash} HTTP/1.1\r\nHost: h\r\nRange: bytes=0-{LateBytes - 1}\r\n\r\n")));
    }

    private async Task<long> MostMemoryAsync()
    {
        var most = 0L;
        while (!_crowdOfBodies.IsCompleted || !_crowdOfReaders.IsCompleted)
        {
            most = Math.Max(most, ProcessUse.Memory(Daemon.Pid));
            await Task.Delay(500, _end.Token);
        }

        return most;
    }

    /// <summary>How much longer it took at most, in seconds, of those that came while the crowds were there than of those that came to a quiet daemon in the same moment.</summary>
    private async Task<double> MostDelayOfOthersAsync(HttpClient quietClient)
    {
        var most = 0.0;
        while (!_crowdOfBodies.IsCompleted || !_crowdOfReaders.IsCompleted)
        {
            var seconds = await Task.WhenAll(SecondsOfOneAsync(Client), SecondsOfOneAsync(quietClient));
            most = Math.Max(most, seconds[0] - seconds[1]);
            await Task.Delay(1000, _end.Token);
        }

        return most;
    }

    private async Task<double> SecondsOfOneAsync(HttpClient client)
    {
        var started = Stopwatch.GetTimestamp();
        var file = Sample.Random(1000);
        (await client.PostAsync("/", new ByteArrayContent(file.Bytes), _end.Token)).EnsureSuccessStatusCode().Dispose();
        (await client.GetByteArrayAsync($"/files/{file.Hash}", _end.Token)).Should().Equal(file.Bytes);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task<byte[]> ReadLateAsync(string request)
    {
        using var socket = Daemon.Connect();
        socket.SendText(request);
        await Task.Delay(17_000, _end.Token);
        return socket.ReadAnswer()!.Body;
    }

    /// <summary>How long each of a crowd lasts, that goes on with <paramref name="piece"/> every half second.</summary>
    private async Task<double[]> SecondsUntilEachIsDroppedAsync(string start, string piece, int receiveBuffer = 0)
    {
        var clients = new List<(Socket Socket, long Since)>();
        var seconds = new List<double>();
        for (var i = 0; i < Crowd; i++)
        {
            var socket = Daemon.Connect(receiveBuffer);
            clients.Add((socket, Environment.TickCount64));
            socket.SendText(start);
        }

        while (clients.Count > 0 && Environment.TickCount64 - clients[0].Since < 90_000)
        {
            await Task.Delay(500, _end.Token);
            foreach (var (socket, since) in clients.Where(client => !TrySend(client.Socket, piece) || !IsEstablished(client.Socket)).ToArray())
            {
                seconds.Add((Environment.TickCount64 - since) / 1000.0);
                clients.Remove((socket, since));
                socket.Dispose();
            }
        }

        return [.. seconds];
    }
}
