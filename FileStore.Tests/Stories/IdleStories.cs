using System.Diagnostics;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Thousands of connections on which nothing happens.</summary>
[NonParallelizable]
public sealed class IdleStories(string engine) : DaemonFixture(engine)
{
    private const int Many = 5000;
    private const string Ask = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

    [Test]
    public async Task Five_thousand_idle_connections_cost_little_and_leave_others_fast()
    {
        Raise(Environment.ProcessId);
        Raise(Daemon.Pid);
        await StoreAsync([1]);
        await Task.Delay(1500); // it looks at its limit once a second, and settles
        var (memory, cpu, threads) = (ProcessUse.Memory(Daemon.Pid), ProcessUse.Cpu(Daemon.Pid), ProcessUse.Threads(Daemon.Pid));
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < Many; i++)
                sockets.Add(Daemon.Connect());
            for (var i = 0; i < Many; i += 2)
                sockets[i].SendText(Ask); // half of them have asked once
            for (var i = 0; i < Many; i += 2)
                sockets[i].ReadAnswer()!.Status.Should().Be(200);

            var each = (ProcessUse.Memory(Daemon.Pid) - memory) / Many;
            TestContext.Out.WriteLine($"{each} bytes a connection, {(ProcessUse.Cpu(Daemon.Pid) - cpu).TotalSeconds:0.0} s of processor");
            each.Should().BeLessThan(40 << 10);
            ProcessUse.Threads(Daemon.Pid).Should().BeLessThan(threads + 60, "an idle client holds no thread");
            for (var i = 0; i < 5; i++)
            {
                var started = Stopwatch.GetTimestamp();
                (await StoreAsync(BitConverter.GetBytes(i))).Should().HaveLength(64);
                Stopwatch.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(1));
            }

            await Task.Delay(1000); // the runtime compiles what the burst made it run often
            cpu = ProcessUse.Cpu(Daemon.Pid);
            await Task.Delay(2000);
            (ProcessUse.Cpu(Daemon.Pid) - cpu).TotalSeconds.Should().BeLessThan(1, "waiting is no work");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        (await Eventually.HoldsAsync(() => ProcessUse.OpenFiles(Daemon.Pid) < 40, seconds: 20)).Should().BeTrue();
        Daemon.LogText.Should().NotContain(" ERROR ").And.NotContain("connections are refused");
    }

    private static void Raise(int pid) => Command.Run("/", "prlimit", "--pid", $"{pid}", "--nofile=20000:").ExitCode.Should().Be(0);
}
