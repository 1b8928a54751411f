using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>There is no room for what the upstream answers, once it has taken the upload.</summary>
[TestFixture, NeedsRoot]
public sealed class RelayFullDiskTests
{
    [Test]
    public async Task A_response_that_finds_the_disk_full_is_a_502_and_nothing_is_posted_twice()
    {
        using var home = new TempFolder();
        using var disk = Mounted.Tmpfs("4m");
        using var upstream = new Trap(async (stream, ct) =>
        {
            await Posting.ReadFormAsync(stream, ct);
            await stream.WriteAsync(Bytes.Of("HTTP/1.1 201 Created\r\nContent-Length: 8000000\r\n\r\n"), ct);
            await stream.WriteAsync(new byte[8_000_000], ct);
        });
        using var daemon = DaemonProcess.Start(home.Path, "--store", disk["store"], "--upstream", $"http://127.0.0.1:{upstream.Port}/in");
        using var client = daemon.NewClient();

        using var answer = await client.PostAsync("/upload1", new MultipartFormDataContent { { new ByteArrayContent(Bytes.Random(3000)), "f", "a.gz" } });

        answer.Status().Should().Be(502);
        (await answer.TextAsync()).Should().Contain("the upstream received the file and responded 201, but its response could not be stored here");
        upstream.Connections.Should().Be(1);
        Eventually.Until(() => daemon.LogText.Contains("relayed a.gz, 3000 B, to ") && daemon.LogText.Contains(": 201 in "), "the log tells that it was passed on");
        new StoreOnDisk(disk["store"]).Incoming.Should().BeEmpty();
    }
}
