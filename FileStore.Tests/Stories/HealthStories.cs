using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
public sealed class HealthStories(string engine) : DaemonFixture(engine)
{
    [Test]
    public async Task A_daemon_that_serves_says_so()
    {
        using var answer = await Client.GetAsync("/healthz");

        answer.Status().Should().Be(200);
        (await answer.TextAsync()).Should().Be("""{"status":"ok"}""");
        answer.Field("Content-Type").Should().StartWith("application/json");
        answer.Field("Cache-Control").Should().Be("no-store");
    }

    [Test]
    public async Task A_store_that_cannot_be_written_is_told_until_it_can()
    {
        var hash = await StoreAsync([1, 2, 3]);
        Directory.Delete(Store.IncomingFolder, recursive: true);
        try
        {
            (await StatusComesAsync(503)).Should().BeTrue();
            using var health = await Client.GetAsync("/healthz");
            using var upload = await Client.PostAsync("/", new ByteArrayContent([9]));
            using var download = await Client.GetAsync($"/files/{hash}");

            await health.ShouldBeProblemAsync(503);
            await upload.ShouldBeProblemAsync(503);
            download.Status().Should().Be(200, "what is stored can still be read");
        }
        finally
        {
            Directory.CreateDirectory(Store.IncomingFolder);
        }

        (await StatusComesAsync(200)).Should().BeTrue();
        (await StoreAsync([4, 5, 6])).Should().Be(new Sample([4, 5, 6]).Hash);
    }

    [Test, NeedsRoot]
    public async Task A_full_disk_is_a_store_that_cannot_be_written()
    {
        using var folder = new TempFolder();
        Command.Run("/", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.Path).ExitCode.Should().Be(0);
        try
        {
            using var daemon = DaemonProcess.Start(Daemon.Home, "--store", folder.Path, "--pid-file", "other.pid", "--log-file", "other.log");
            using var client = daemon.NewClient();
            File.WriteAllBytes(folder["ballast"], new byte[900 << 10]);
            using (var ballast = File.OpenWrite(folder["more"]))
                FillUp(ballast);

            using var health = await client.GetAsync("/healthz");
            using var upload = await client.PostAsync("/", new ByteArrayContent(new byte[10]));

            await health.ShouldBeProblemAsync(503);
            await upload.ShouldBeProblemAsync(507);
        }
        finally
        {
            Command.Run("/", "umount", folder.Path);
        }
    }

    private static void FillUp(FileStream file)
    {
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full, as was wanted.
        }
    }

    /// <summary>The daemon looks at its store once a second at most.</summary>
    private Task<bool> StatusComesAsync(int status) =>
        Eventually.HoldsAsync(() => Daemon.Ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")?.Status == status);
}
