using System.Security.Cryptography;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[TestFixture]
public sealed class UploadStories
{
    private TempFolder _folder;
    private DaemonProcess _daemon;
    private HttpClient _client;

    [OneTimeSetUp]
    public void StartDaemon()
    {
        _folder = new TempFolder();
        _daemon = DaemonProcess.Start(_folder.Path);
        _client = _daemon.NewClient();
    }

    [OneTimeTearDown]
    public void StopDaemon()
    {
        _client.Dispose();
        _daemon.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task A_body_is_stored_under_its_hash()
    {
        var content = Encoding.UTF8.GetBytes("Привет, мир\n");
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));

        using var answer = await _client.PostAsync("/", new ByteArrayContent(content));

        ((int)answer.StatusCode).Should().Be(200);
        (await answer.Content.ReadAsStringAsync()).Should().Be(hash);
        File.ReadAllBytes(Path.Join(_daemon.Home, "store", hash[..2], hash)).Should().Equal(content);
    }
}
