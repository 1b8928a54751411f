using System.Text.RegularExpressions;
using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Tokens are added and revoked while a daemon runs.</summary>
[EngineNeutral]
public sealed class AccessChangeStories(string engine)
{
    private const string Open = "there are no access tokens";

    private TempFolder _folder;
    private DaemonProcess? _daemon;

    private DaemonProcess Daemon => _daemon ??= DaemonProcess.Start(_folder.Path, "--engine", engine);

    private string TokensFile => _folder["tokens.json"];

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder()
    {
        _daemon?.Dispose();
        _daemon = null;
        _folder.Dispose();
    }

    [Test]
    public async Task The_next_request_heeds_a_change_also_on_an_open_connection()
    {
        using var stranger = Daemon.NewClient();
        await ExpectAsync(stranger, 200);
        Daemon.LogText.Should().Contain(Open);

        using var first = Daemon.NewClient(Tokens.Add(_folder.Path, "first", "read"));
        await ExpectAsync(stranger, 401);
        await ExpectAsync(first, 200);

        using var second = Daemon.NewClient(Tokens.Add(_folder.Path, "second", "admin"));
        await ExpectAsync(second, 200);
        await ExpectAsync(first, 200);

        Tokens.Revoke(_folder.Path, "first");
        await ExpectAsync(first, 401);
        await ExpectAsync(second, 200);

        Tokens.Revoke(_folder.Path, "second");
        await ExpectAsync(second, 401);
        await ExpectAsync(stranger, 401);
    }

    [Test]
    public async Task A_file_that_goes_lets_nobody_in_until_it_is_back_or_the_daemon_starts_anew()
    {
        var token = Tokens.Add(_folder.Path, "first", "read");
        using (var client = Daemon.NewClient(token))
        {
            await ExpectAsync(client, 200);
            Daemon.LogText.Should().NotContain(Open);

            File.Move(TokensFile, _folder["elsewhere"]);
            await HeededAsync();
            await ExpectAsync(client, 401);
            await ExpectAsync(client, 401);
            File.Move(_folder["elsewhere"], TokensFile);
            await HeededAsync();
            await ExpectAsync(client, 200);

            File.Delete(TokensFile);
            await HeededAsync();
            await ExpectAsync(client, 401);
        }

        (await Eventually.HoldsAsync(() => Warnings().Length == 2)).Should().BeTrue("each time is told once:\n{0}", Daemon.LogText);
        Daemon.Dispose();
        _daemon = null;
        using var stranger = Daemon.NewClient();
        await ExpectAsync(stranger, 200);
        Daemon.LogText.Should().Contain(Open);
    }

    [Test]
    public async Task A_file_that_is_spoilt_changes_nothing_until_it_is_mended()
    {
        var token = Tokens.Add(_folder.Path, "first", "read");
        using var client = Daemon.NewClient(token);
        using var stranger = Daemon.NewClient();
        var sound = File.ReadAllText(TokensFile);

        File.WriteAllText(TokensFile, sound[..^20]);
        await HeededAsync();
        for (var i = 0; i < 3; i++)
        {
            await ExpectAsync(client, 200);
            await ExpectAsync(stranger, 401);
        }

        (await Eventually.HoldsAsync(() => Warnings().Length == 1)).Should().BeTrue("it is told, and once:\n{0}", Daemon.LogText);
        File.WriteAllText(TokensFile, sound.Replace("\"read\"", "\"write\""));
        await HeededAsync();
        await ExpectAsync(client, 403);
    }

    [Test]
    public async Task An_upload_that_was_let_in_ends_though_its_token_is_revoked_meanwhile()
    {
        var token = Tokens.Add(_folder.Path, "first", "write");
        Tokens.Add(_folder.Path, "other", "read");
        using var socket = Daemon.Connect();
        socket.SendText($"POST / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\nContent-Length: 10\r\n\r\nhello");
        (await Eventually.HoldsAsync(() => Directory.GetFiles(_folder["store/.incoming"]).Length > 0)).Should().BeTrue();

        Tokens.Revoke(_folder.Path, "first");
        socket.SendText("hello");

        socket.ReadAnswer()!.Status.Should().Be(200);
        socket.SendText($"GET /files HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\r\n");
        socket.ReadAnswer().ShouldBeProblem(401);
    }

    [Test]
    public void A_file_that_others_may_read_is_told_at_the_start()
    {
        Tokens.Add(_folder.Path, "first", "read");
        File.SetUnixFileMode(TokensFile, (UnixFileMode)0x1A4);

        Daemon.LogText.Should().MatchRegex($"WARNING .*{Regex.Escape(TokensFile)}.*chmod 600");
    }

    /// <summary>For what is not the work of <c>filestore token</c>, which waits by itself.</summary>
    private static Task HeededAsync() => Task.Delay(2 * AccessTokens.RecheckInterval);

    private string[] Warnings() => [.. Daemon.LogText.Split('\n').Where(line => line.Contains(" WARNING ") && line.Contains(TokensFile))];

    private static async Task ExpectAsync(HttpClient client, int status)
    {
        using var answer = await client.GetAsync("/files");
        answer.Status().Should().Be(status);
    }
}
