using System.Net;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>More uploads wait for the disk than it has writers.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
public sealed class BusyDiskTests(string engine)
{
    [Test]
    public async Task Health_is_told_before_them()
    {
        using var home = new TempFolder();
        using var daemon = DaemonProcess.Start(home.Path, "--engine", engine);
        using var client = daemon.NewClient();
        using (var first = await client.SendAsync(Uploads.Post(Bytes.Fresh(10)))) // what is loaded on first use is loaded
            first.StatusCode.Should().Be(HttpStatusCode.OK);
        using (var first = await client.GetAsync("/healthz"))
            first.StatusCode.Should().Be(HttpStatusCode.OK);
        Task<HttpResponseMessage>[] uploads;

        using (Strace.Attach(daemon.Pid, "fsync:delay_enter=4000000"))
        {
            uploads = [.. Enumerable.Range(0, 150).Select(_ => client.SendAsync(Uploads.Post(Bytes.Fresh(10))))];
            Eventually.Until(() => new StoreOnDisk(home["store"]).Incoming.Length > 64, "every writer waits for the disk");
            for (var i = 0; i < 3; i++)
            {
                using var health = await client.GetAsync("/healthz");
                health.StatusCode.Should().Be(HttpStatusCode.OK);
            }

            uploads.Should().Contain(upload => !upload.IsCompleted, "health did not wait for them");
        }

        foreach (var answer in await Task.WhenAll(uploads))
        {
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            answer.Dispose();
        }
    }
}
