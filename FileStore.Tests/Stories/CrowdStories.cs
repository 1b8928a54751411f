using System.Diagnostics;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[NonParallelizable]
public sealed class CrowdStories(string engine) : DaemonFixture(engine)
{
    [Test]
    public async Task Five_hundred_slow_downloads_leave_others_fast()
    {
        var hash = await StoreAsync(Sample.Random(8_000_000).Bytes);
        var small = await StoreAsync([1, 2, 3]);
        var alone = await SlowestOfTenAsync(small);
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 500; i++)
            {
                sockets.Add(Daemon.Connect(receiveBuffer: 8 << 10));
                sockets[^1].SendText($"GET /files/{hash} HTTP/1.1\r\nHost: h\r\n\r\n");
            }

            foreach (var socket in sockets)
                socket.Receive(new byte[100]).Should().BePositive(); // every one of them has begun

            (await SlowestOfTenAsync(small)).Should().BeLessThan(alone + TimeSpan.FromSeconds(2), "a download and an upload take milliseconds");
            await DaemonIsAtRestAsync();
            (await SlowestOfTenAsync(small)).Should().BeLessThan(alone + TimeSpan.FromSeconds(2), "those that wait make no work");
            if (Engine == "kestrel")
                HeldByKernel().Should().HaveCountGreaterThanOrEqualTo(500).And.OnlyContain(bytes => bytes < 1 << 20, "these are copies, in the kernel's memory");
            ProcessUse.Threads(Daemon.Pid).Should().BeLessThan(150, "a slow client holds no thread");
        }
        finally
        {
            sockets.ForEach(socket => socket.Reset());
        }
    }

    [TestCase(true, TestName = "Two_hundred_transfers_that_are_reset_leave_nothing_behind")]
    [TestCase(false, TestName = "Two_hundred_transfers_whose_clients_close_leave_nothing_behind")]
    public async Task Two_hundred_aborted_transfers_leave_nothing_behind(bool isReset)
    {
        var hash = await StoreAsync(Sample.Random(8_000_000).Bytes);
        (await Eventually.HoldsAsync(() => ProcessUse.OpenFiles(Daemon.Pid) < 40)).Should().BeTrue();
        var openFiles = ProcessUse.OpenFiles(Daemon.Pid);
        var threads = ProcessUse.Threads(Daemon.Pid);
        var sockets = new List<Socket>();
        for (var i = 0; i < 200; i++)
        {
            sockets.Add(Daemon.Connect(receiveBuffer: 8 << 10));
            sockets[i].SendText((i % 3) switch
            {
                0 => $"GET /files/{hash} HTTP/1.1\r\nHost: h\r\n\r\n",
                1 => $"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n{new string('x', 200_000)}",
                _ => $"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n{new string('x', 200_000)}",
            });
        }

        (await Eventually.HoldsAsync(() => Store.Incoming.Length > 100)).Should().BeTrue("the uploads have begun");
        sockets.ForEach(isReset ? RawHttp.Reset : socket => socket.Dispose());

        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
        (await Eventually.HoldsAsync(() => ProcessUse.OpenFiles(Daemon.Pid) <= openFiles + 2)).Should().BeTrue();
        ProcessUse.Threads(Daemon.Pid).Should().BeLessThan(threads + 80, "the pool may have grown, but not by one for each client");
        using var health = await Client.GetAsync("/healthz");
        health.Status().Should().Be(200);
        Daemon.LogText.Should().NotContain(" ERROR ");
    }

    /// <summary>What the kernel holds for each client of the daemon, in bytes: tx_queue of /proc/net/tcp, see proc_net_tcp(5).</summary>
    private List<int> HeldByKernel()
    {
        var local = $":{Daemon.Url.Port:X4}";
        return [.. File.ReadLines("/proc/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns[1].EndsWith(local, StringComparison.Ordinal) && columns[3] == "01") // established
            .Select(columns => Convert.ToInt32(columns[4].Split(':')[0], 16))];
    }

    private async Task DaemonIsAtRestAsync()
    {
        var (used, looks) = (TimeSpan.Zero, 0);
        (await Eventually.HoldsAsync(() =>
        {
            looks = used == (used = ProcessUse.Cpu(Daemon.Pid)) ? looks + 1 : 0;
            return looks == 4;
        })).Should().BeTrue("who is slow makes no work");
    }

    /// <summary>What the slowest of ten downloads takes, with an upload each.</summary>
    private async Task<TimeSpan> SlowestOfTenAsync(string hash)
    {
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 10; i++)
        {
            var started = Stopwatch.GetTimestamp();
            (await Client.GetByteArrayAsync($"/files/{hash}")).Should().Equal([1, 2, 3]);
            (await StoreAsync(Sample.Random(8).Bytes)).Should().HaveLength(64);
            var took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
        }

        return slowest;
    }
}
