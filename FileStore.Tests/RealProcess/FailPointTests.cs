using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>The process dies just before each step of an upload and of a deletion, which is just after the one before.</summary>
[TestFixture]
public sealed class FailPointTests
{
    private static readonly byte[] Content = Bytes.Fresh(50_000);
    private static readonly string Hash = Bytes.HashOf(Content);

    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    // In the order of the steps; the shard's folder is new, so the first rename fails and the folder is made.
    [TestCase("pwrite64", null, false, TestName = "Upload_dies_before_write")]
    [TestCase("fsync", null, false, TestName = "Upload_dies_before_fsync")]
    [TestCase("renameat2", null, false, TestName = "Upload_dies_before_the_first_rename")]
    [TestCase("mkdir", null, false, TestName = "Upload_dies_before_mkdir")]
    [TestCase("renameat2", 2, false, TestName = "Upload_dies_before_rename")]
    [TestCase("fsync", 2, true, TestName = "Upload_dies_before_fsync_of_the_folder")]
    [TestCase("fsync", 3, true, TestName = "Upload_dies_before_fsync_of_the_root")]
    [TestCase("sendmsg,sendto", null, true, TestName = "Upload_dies_before_the_answer")]
    public async Task Upload_dies(string call, int? when, bool isThere)
    {
        var daemon = Start();

        await DiesAtAsync(daemon, call, when, client => client.SendAsync(Uploads.Post(Content)));

        Blob().Should().Be(isThere);
        await StillWorksAsync();
    }

    [TestCase("unlink", null, true, TestName = "Deletion_dies_before_unlink")]
    [TestCase("rmdir", null, false, TestName = "Deletion_dies_before_rmdir")]
    [TestCase("fsync", null, false, TestName = "Deletion_dies_before_fsync_of_the_root")]
    [TestCase("sendmsg,sendto", null, false, TestName = "Deletion_dies_before_the_answer")]
    public async Task Deletion_dies(string call, int? when, bool isThere)
    {
        var daemon = Start();
        using (var client = daemon.NewClient())
            (await client.SendAsync(Uploads.Post(Content))).EnsureSuccessStatusCode().Dispose();

        await DiesAtAsync(daemon, call, when, client => client.DeleteAsync($"/files/{Hash}"));

        Blob().Should().Be(isThere);
        await StillWorksAsync();
    }

    // Without log lines, the log writes nothing that could be mistaken for a step.
    private StartedDaemon Start() => _home.Start("--log", "ERROR");

    private async Task DiesAtAsync(StartedDaemon daemon, string call, int? when, Func<HttpClient, Task<HttpResponseMessage>> request)
    {
        using var client = daemon.NewClient();
        (await client.GetAsync("/files")).Dispose(); // what is loaded on first use is loaded
        using var strace = Strace.Attach(daemon.Pid, $"{call}:signal=KILL:when={when ?? 1}");
        var asking = async () => (await request(client)).Dispose();

        await asking.Should().ThrowAsync<HttpRequestException>("it dies without an answer");

        Eventually.Until(() => _home.Daemons().Length == 0, "it dies");
        strace.WaitForEnd();
    }

    private bool Blob()
    {
        new StoreOnDisk(_home["store"]).Broken.Should().BeEmpty();
        return new StoreOnDisk(_home["store"]).Has(Hash);
    }

    private async Task StillWorksAsync()
    {
        var daemon = Start();
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
        using var client = daemon.NewClient();
        using var again = await client.SendAsync(Uploads.Post(Content));
        (await again.Content.ReadAsStringAsync()).Should().Be(Hash);
        (await client.GetByteArrayAsync($"/files/{Hash}")).Should().Equal(Content);
        (await client.DeleteAsync($"/files/{Hash}")).EnsureSuccessStatusCode();
        Directory.Exists(Path.Join(_home["store"], Hash[..2])).Should().BeFalse();
    }
}
