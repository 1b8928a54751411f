using System.Net;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>File systems that cannot flush folders, as cifs and some of FUSE.</summary>
[TestFixture]
public sealed class FolderFlushTests
{
    private TempFolder _home;

    [SetUp]
    public void MakeHome() => _home = new TempFolder();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [TestCase("EINVAL")]
    [TestCase("EOPNOTSUPP")]
    public async Task One_warning_at_the_start_and_everything_works(string error)
    {
        var content = Bytes.Fresh(1000);
        using var daemon = StartWith(error, _home["store"], Shard(content));
        using var client = daemon.NewClient();

        using var stored = await client.SendAsync(Uploads.Post(content));
        using var again = await client.SendAsync(Uploads.Post(content));
        using var deleted = await client.DeleteAsync($"/files/{Bytes.HashOf(content)}");

        daemon.LogText.Split('\n').Should().ContainSingle(line => line.Contains("WARNING") && line.Contains("cannot flush folders"));
        foreach (var answer in (HttpResponseMessage[])[stored, again, deleted])
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_disk_that_fails_stays_an_error()
    {
        var content = Bytes.Fresh(1000);
        using var daemon = StartWith("EIO", Shard(content));
        using var client = daemon.NewClient();

        using var answer = await client.SendAsync(Uploads.Post(content));

        answer.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        daemon.LogText.Should().NotContain("cannot flush folders");
    }

    private string Shard(byte[] content) => Path.GetDirectoryName(new StoreOnDisk(_home["store"]).PathOf(Bytes.HashOf(content)))!;

    /// <summary>A daemon to which fsync(2) of these folders gives an error.</summary>
    private DaemonProcess StartWith(string error, params string[] folders)
    {
        Assume.That(Environment.IsPrivilegedProcess, "needs root: strace may be forbidden");
        foreach (var folder in folders)
            Directory.CreateDirectory(folder); // strace wants to know it
        string[] only = [.. folders.SelectMany(folder => (string[])["-P", folder])];
        return DaemonProcess.StartUnder(
            ["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync", "-e", $"inject=fsync:error={error}", .. only], _home.Path);
    }
}
