using System.Security.Cryptography;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>kill -9 at any moment: what was acknowledged is true afterwards, and nothing is half there.</summary>
[TestFixture]
public sealed class CrashTests
{
    private TempFolder _home;

    [SetUp]
    public void MakeHome() => _home = new TempFolder();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public Task An_acknowledged_change_survives_kill_9() => KillAgainAndAgainAsync(kills: 8, "fsync");

    [Test]
    public Task Without_flushes_too_it_survives_kill_9() => KillAgainAndAgainAsync(kills: 4, "none");

    [TestCase("fsync"), TestCase("none"), Category("Long")]
    public Task An_acknowledged_change_survives_many_a_kill_9(string durability) => KillAgainAndAgainAsync(kills: 120, durability);

    private async Task KillAgainAndAgainAsync(int kills, string durability)
    {
        var workload = new Workload();
        var leftBehind = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            using (var daemon = DaemonProcess.Start(_home.Path, "--durability", durability))
            {
                new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty("the start clears what the crash left");
                using var over = new CancellationTokenSource();
                var acknowledged = workload.Acknowledged;
                var running = workload.RunAsync(daemon.Url, clients: 8, over.Token);
                Eventually.Until(() => workload.Acknowledged > acknowledged + 5, "there is something to lose", seconds: 60);
                await Task.Delay(Random.Shared.Next(300));
                daemon.Kill();
                await over.CancelAsync();
                await running;
            }

            leftBehind += new StoreOnDisk(_home["store"]).Incoming.Length;
            workload.Verify(_home["store"]);
        }

        leftBehind.Should().BePositive("some kills hit an upload");
        using var last = DaemonProcess.Start(_home.Path, "--durability", durability);
        using var client = last.NewClient();
        foreach (var hash in workload.Stored.Take(100))
            Bytes.HashOf(await client.GetByteArrayAsync($"/files/{hash}")).Should().Be(hash);
    }

    [Test]
    public void Killed_while_it_starts_the_next_start_succeeds()
    {
        var content = RandomNumberGenerator.GetBytes(1000);
        using (var daemon = DaemonProcess.Start(_home.Path))
        using (var client = daemon.NewClient())
            client.Send(Uploads.Post(content)).Dispose();

        for (var milliseconds = 60; milliseconds <= 240; milliseconds += 60)
        {
            File.WriteAllText(Path.Join(_home["store"], ".incoming", "left.tmp"), "half");
            var result = Command.Run(_home.Path, "timeout", "-s", "KILL", $"0.{milliseconds:000}",
                Command.FileStore, "run", "--host", "127.0.0.1", "--port", "0");
            result.ExitCode.Should().Be(137, "it was killed");
        }

        using var last = DaemonProcess.Start(_home.Path);
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
        new StoreOnDisk(_home["store"]).Read(Bytes.HashOf(content)).Should().Equal(content);
    }
}
