namespace FileStore.Tests.Support;

/// <summary>
/// A fixture with a daemon of its own, started with these options, and what its tests look at. Every fixture derived
/// from it runs once for each engine.
/// </summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
public abstract class DaemonFixture(string engine, params string[] options)
{
    private TempFolder? _folder;
    private HttpClient? _client;
    private DaemonProcess? _daemon;

    /// <summary>What carries HTTP here, as <c>--engine</c> names it.</summary>
    private protected string Engine => engine;

    private protected DaemonProcess Daemon => _daemon!;

    private protected HttpClient Client => _client!;

    private protected StoreOnDisk Store => new(Path.Join(Daemon.Home, "store"));

    [OneTimeSetUp]
    public void StartDaemon()
    {
        _folder = new TempFolder();
        Prepare(_folder.Path);
        _daemon = DaemonProcess.Start(_folder.Path, ["--engine", engine, .. options]);
        _client = _daemon.NewClient();
    }

    [OneTimeTearDown]
    public void StopDaemon()
    {
        _client?.Dispose();
        _daemon?.Dispose();
        _folder?.Dispose();
    }

    /// <summary>Makes what the daemon shall find in its home.</summary>
    protected virtual void Prepare(string home)
    {
    }

    /// <summary>Stores bytes and returns their hash.</summary>
    private protected async Task<string> StoreAsync(byte[] content)
    {
        using var answer = await Client.PostAsync("/", content.Length > 0 ? new ByteArrayContent(content) : Responses.Chunked(content));
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }
}
