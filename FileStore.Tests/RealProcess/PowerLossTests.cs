using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>The power goes: what was flushed stays, all else is lost, and what was acknowledged must be of the first kind.</summary>
[TestFixture, NeedsRoot, NonParallelizable] // what others flush is no longer lost
public sealed class PowerLossTests
{
    [Test]
    public Task An_acknowledged_change_survives_power_loss() => CutAgainAndAgainAsync(rounds: 6);

    [Test, Category("Long")]
    public async Task An_acknowledged_change_survives_many_a_power_loss()
    {
        for (var disk = 0; disk < 9; disk++)
            await CutAgainAndAgainAsync(rounds: 6);
    }

    [Test]
    public async Task Without_flushes_power_loss_is_a_loss()
    {
        // Shows that the tests above could fail: they cut the power for good.
        using var disk = Mounted.Ext4(256);
        using var home = new TempFolder();
        var hashes = new List<string>();
        using (var daemon = DaemonProcess.Start(home.Path, "--store", disk["store"], "--durability", "none"))
        using (var client = daemon.NewClient())
        {
            for (var i = 0; i < 50; i++)
            {
                using var answer = await client.SendAsync(Uploads.Post(Bytes.Fresh(2000)));
                hashes.Add(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
            }

            hashes.Should().OnlyContain(hash => new StoreOnDisk(disk["store"]).Has(hash));
            disk.CutPower();
        }

        disk.Unmount();
        disk.Mount();

        hashes.Where(hash => new StoreOnDisk(disk["store"]).Has(hash)).Should().HaveCountLessThan(hashes.Count);
    }

    [Test]
    public async Task A_deletion_that_was_acknowledged_survives_power_loss()
    {
        using var disk = Mounted.Ext4(64);
        using var home = new TempFolder();
        var content = Bytes.Fresh(2000);
        var path = new StoreOnDisk(disk["store"]).PathOf(Bytes.HashOf(content));
        using (var daemon = DaemonProcess.Start(home.Path, "--store", disk["store"]))
        using (var client = daemon.NewClient())
        {
            (await client.SendAsync(Uploads.Post(content))).EnsureSuccessStatusCode().Dispose();
            (await client.DeleteAsync($"/files/{Bytes.HashOf(content)}")).EnsureSuccessStatusCode().Dispose();
            disk.CutPower();
        }

        disk.Unmount();
        disk.Mount();

        File.Exists(path).Should().BeFalse();
        Directory.Exists(Path.GetDirectoryName(path)).Should().BeFalse();
    }

    [Test]
    public async Task An_upload_of_an_unflushed_blob_is_flushed_before_it_is_acknowledged()
    {
        using var disk = Mounted.Ext4(64);
        using var home = new TempFolder();
        var content = Bytes.Fresh(100_000);
        async Task UploadAsync(string durability, bool thenCut)
        {
            using var daemon = DaemonProcess.Start(home.Path, "--store", disk["store"], "--durability", durability);
            using var client = daemon.NewClient();
            (await client.SendAsync(Uploads.Post(content))).EnsureSuccessStatusCode().Dispose();
            if (thenCut)
                disk.CutPower();
        }

        await UploadAsync("none", thenCut: false);
        await UploadAsync("fsync", thenCut: true);
        disk.Unmount();
        disk.Mount();

        new StoreOnDisk(disk["store"]).Read(Bytes.HashOf(content)).Should().Equal(content);
    }

    private static async Task CutAgainAndAgainAsync(int rounds)
    {
        using var disk = Mounted.Ext4(512);
        using var home = new TempFolder();
        var workload = new Workload();
        for (var round = 0; round < rounds; round++)
        {
            var before = workload.Acknowledged;
            using (var daemon = DaemonProcess.Start(home.Path, "--store", disk["store"]))
            {
                new StoreOnDisk(disk["store"]).Incoming.Should().BeEmpty();
                using var over = new CancellationTokenSource();
                var running = workload.RunAsync(daemon.Url, clients: 6, over.Token);
                Eventually.Until(() => workload.Acknowledged > before + 20, "there is something to lose");
                await Task.Delay(Random.Shared.Next(200));
                disk.CutPower();
                daemon.Kill();
                await over.CancelAsync();
                await running;
            }

            disk.Unmount();
            disk.Mount();
            workload.Verify(disk["store"]);
        }
    }
}
