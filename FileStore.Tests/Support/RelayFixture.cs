using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace FileStore.Tests.Support;

/// <summary>A fixture with a daemon that passes uploads on to an upstream, and fetches files from a remote host, that do as a test wants.</summary>
/// <param name="engine">What carries HTTP.</param>
/// <param name="config">What else the configuration's section relay holds, behind a comma.</param>
/// <param name="options">Further options.</param>
public abstract class RelayFixture(string engine, string config, params string[] options)
    : DaemonFixture(engine, ["--durability", "none", "--hash", "md5", .. options])
{
    private protected const string FormType = $"multipart/form-data; boundary=\"{Boundary}\"";

    private const string Boundary = "=_relay";

    private readonly List<string> _forms = [];
    private Func<NetworkStream, string, CancellationToken, Task> _answer;
    private Trap[] _traps = [];

    private protected Trap Upstream => _traps[0];

    private protected Trap Remote => _traps[1];

    /// <summary>What the remote host sends.</summary>
    private protected byte[] RemoteBytes { get; set; } = [];

    /// <summary>What stands behind the last part of a form.</summary>
    private protected static byte[] End { get; } = Encoding.ASCII.GetBytes($"--{Boundary}--\r\n");

    /// <summary>The forms that came to the upstream since the test began, one byte a character (Latin-1).</summary>
    private protected string[] Forms
    {
        get
        {
            lock (_forms)
                return [.. _forms];
        }
    }

    /// <summary>The directory whose files may be passed on.</summary>
    private protected string Data => Path.Join(Daemon.Home, "data");

    [SetUp]
    public void Forget()
    {
        lock (_forms)
            _forms.Clear();
        Answer(Posting.Done);
    }

    [OneTimeTearDown]
    public void CloseTraps()
    {
        foreach (var trap in _traps)
            trap.Dispose();
    }

    protected override void Prepare(string home)
    {
        _traps =
        [
            new Trap(async (stream, ct) =>
            {
                var form = await Posting.ReadFormAsync(stream, ct);
                lock (_forms)
                    _forms.Add(form);
                await _answer(stream, form, ct);
            }),
            new Trap((stream, ct) => stream.WriteAsync(RemoteBytes, ct).AsTask()),
        ];
        Directory.CreateDirectory(Path.Join(home, "data"));
        File.WriteAllText(Path.Join(home, "filestore.json"), $$"""
            {
              "relay": {
                "upstream": "http://127.0.0.1:{{Upstream.Port}}/in", "headers": { "X-Key": "k" },
                "roots": ["{{home}}/data"], "hosts": ["127.0.0.1:{{Remote.Port}}"]{{config}}
              }
            }
            """);
    }

    /// <summary>Has the upstream answer with these bytes once it has the form.</summary>
    private protected void Answer(string bytes) => Answer((stream, _, ct) => stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), ct).AsTask());

    private protected void Answer(Func<NetworkStream, string, CancellationToken, Task> answer) => _answer = answer;

    private protected void RemoteAnswer(int status, byte[] content, string fields = "") =>
        RemoteBytes = [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nContent-Length: {content.Length}\r\n{fields}\r\n"), .. content];

    private protected static byte[] Part(byte[] content, string disposition = "name=\"somefile\"; filename=\"a.gz\"", string type = "Content-Type: application/gzip\r\n") =>
        [.. Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{type}\r\n"), .. content, .. "\r\n"u8];

    private protected Task<HttpResponseMessage> PostAsync(string path, params byte[][] parts) => PostRawAsync(path, [.. parts.SelectMany(part => part), .. End]);

    private protected Task<HttpResponseMessage> PostRawAsync(string path, byte[] body, string type = FormType) =>
        Client.SendAsync("POST", path, new ByteArrayContent(body), ("Content-Type", type));

    /// <summary>Has a file passed on by its place.</summary>
    private protected Task<HttpResponseMessage> PostPlaceAsync(string place) =>
        PostRawAsync("/upload2", System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { somefile = place }), "application/json");

    private protected string Write(string name, byte[] content)
    {
        File.WriteAllBytes(Path.Join(Data, name), content);
        return Path.Join(Data, name);
    }

    private protected static string Md5(byte[] content) => Convert.ToHexStringLower(MD5.HashData(content));
}
