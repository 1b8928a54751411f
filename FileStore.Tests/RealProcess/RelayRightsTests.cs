using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What the daemon's user may not read is not passed on, and nobody learns what is there.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
[NeedsRoot]
public sealed class RelayRightsTests(string engine)
{
    // Root that is not above permissions, as the daemon's user will be.
    private static readonly string[] Without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

    [Test]
    public async Task A_file_that_may_not_be_read_is_refused()
    {
        using var home = new TempFolder();
        using var upstream = Posting.Taking([]);
        Directory.CreateDirectory(home["data/closed"]);
        foreach (var name in (string[])["data/secret.gz", "data/closed/secret.gz", "data/open.gz"])
            File.WriteAllText(home[name], "content");
        File.SetUnixFileMode(home["data/secret.gz"], UnixFileMode.None);
        File.SetUnixFileMode(home["data/closed"], UnixFileMode.None);
        File.WriteAllText(home["filestore.json"], $$"""{ "relay": { "upstream": "http://127.0.0.1:{{upstream.Port}}/in", "roots": ["{{home["data"]}}"] } }""");
        using var daemon = DaemonProcess.StartUnder(Without, home.Path, "--engine", engine);
        using var client = daemon.NewClient();

        foreach (var name in (string[])["data/secret.gz", "data/closed/secret.gz", "data/closed/missing"])
        {
            using var refused = await PostAsync(home[name]);
            (await (await refused.ShouldBeProblemAsync(403)).TextAsync()).Should().Contain("the daemon has no permission to read the file").And.NotContain(home.Path);
        }

        upstream.Connections.Should().Be(0);
        (await PostAsync(home["data/open.gz"])).Status().Should().Be(200);

        Task<HttpResponseMessage> PostAsync(string place) => client.PostAsync("/upload2", new StringContent($$"""{"somefile":"{{place}}"}""", null, "application/json"));
    }
}
