using System.Net.Http.Headers;
using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>A daemon with access tokens: who is let in, and what the others are told.</summary>
[EngineNeutral]
[Category("Quick")]
public sealed class AccessStories(string engine) : DaemonFixture(engine)
{
    private const string Challenge = "Bearer realm=\"filestore\"";

    private readonly Dictionary<string, string> _tokens = [];

    [OneTimeSetUp]
    public void AddTokens()
    {
        foreach (var scope in ScopeNames.All.Select(ScopeNames.Of))
            _tokens[scope] = Tokens.Add(Daemon.Home, $"{scope}-token", scope);
        _tokens["both"] = Tokens.Add(Daemon.Home, "both", "read,write");
    }

    [Test]
    public async Task A_token_does_what_its_scopes_allow_and_no_more()
    {
        var file = Sample.Random(1000);
        var path = $"/files/{file.Hash}";

        await ExpectAsync("PUT", path, null, 401);
        await ExpectAsync("PUT", path, "read", 403, file.Bytes);
        Store.Has(file.Hash).Should().BeFalse();
        await ExpectAsync("PUT", path, "write", 201, file.Bytes);
        await ExpectAsync("PUT", path, "both", 200, file.Bytes);
        await ExpectAsync("GET", path, null, 401);
        await ExpectAsync("GET", path, "write", 403);
        await ExpectAsync("HEAD", path, "delete", 403);
        await ExpectAsync("GET", path, "read", 200);
        await ExpectAsync("HEAD", path, "both", 200);
        await ExpectAsync("GET", $"/?file_hash={file.Hash}", "admin", 200);
        await ExpectAsync("DELETE", path, null, 401);
        await ExpectAsync("DELETE", path, "both", 403);
        Store.Has(file.Hash).Should().BeTrue();
        await ExpectAsync("DELETE", path, "delete", 200);
        await ExpectAsync("GET", path, "read", 404);
    }

    [Test]
    public async Task Every_route_of_the_program_is_closed_to_those_who_lack_its_scope()
    {
        foreach (var route in ProgramRoutes.Closed)
        {
            var (path, needed) = (ProgramRoutes.PathOf(route), ScopeNames.Of(route.Scope));

            (await AskAsync(route.Method, path, null)).Should().Be((401, Challenge), "{0} {1}", route.Method, path);
            (await AskAsync(route.Method, path, TokenHome.Guess())).Should().Be((401, $"{Challenge}, error=\"invalid_token\""));
            foreach (var (_, token) in _tokens.Where(pair => pair.Key != needed && pair.Key is not ("admin" or "both")))
                (await AskAsync(route.Method, path, token)).Should().Be((403, $"{Challenge}, error=\"insufficient_scope\", scope=\"{needed}\""));
        }
    }

    [TestCase("GET", "/nowhere")]
    [TestCase("PATCH", "/files")]
    [TestCase("OPTIONS", "/files")]
    [TestCase("OPTIONS", "*")]
    [TestCase("POST", "/healthz")]
    public void A_client_without_a_token_is_not_told_the_paths_and_methods(string method, string target)
    {
        var answer = Daemon.Ask($"{method} {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").ShouldBeProblem(401);

        answer.Field("WWW-Authenticate").Should().Be(Challenge);
        answer.Field("Allow").Should().BeNull();
        answer.Field("Cache-Control").Should().Be("no-store");
    }

    [Test]
    public async Task Health_is_told_to_everybody()
    {
        foreach (var token in (string?[])[null, TokenHome.Guess(), _tokens["write"]])
        {
            (await AskAsync("GET", "/healthz", token)).Should().Be((200, null));
            (await AskAsync("HEAD", "/healthz", token)).Should().Be((200, null));
        }
    }

    [TestCase("Authorization: Bearer TOKEN\r\nAuthorization: Bearer TOKEN\r\n", 401)]
    [TestCase("Authorization: Basic dXNlcjpwYXNz\r\nAuthorization: Bearer TOKEN\r\n", 401)]
    [TestCase("Authorization: Bearer TOKEN\r\nauthorization:\r\n", 401)]
    [TestCase("Authorization:\r\nAuthorization: Bearer TOKEN\r\n", 401)]
    [TestCase("Authorization: Bearer nonsense\r\nAuthorization: Bearer TOKEN\r\n", 401)]
    [TestCase("Authorization: bEARER   TOKEN  \r\n", 200)]
    [TestCase("AUTHORIZATION: Bearer TOKEN\r\n", 200)]
    [TestCase("Authorization: Bearer \u00ff\u00fe\r\n", 401)]
    [TestCase("Proxy-Authorization: Bearer TOKEN\r\n", 401)]
    public void A_token_comes_once_and_in_its_field(string fields, int status) =>
        Daemon.Ask($"GET /files HTTP/1.1\r\nHost: h\r\n{fields.Replace("TOKEN", _tokens["read"])}\r\n")!.Status.Should().Be(status);

    [TestCase("read", 200)]
    [TestCase("write", 403)]
    [TestCase(null, 401)]
    public void A_token_is_taken_as_the_password_of_basic_too(string? token, int status)
    {
        var credentials = Convert.ToBase64String(Bytes.Of($"any user:{(token is null ? "fst_wrong" : _tokens[token])}"));

        var answer = Daemon.Ask($"GET /files HTTP/1.1\r\nHost: h\r\nAuthorization: Basic {credentials}\r\n\r\n")!;

        answer.Status.Should().Be(status);
        if (status == 401)
            answer.Head.Should().Contain($"WWW-Authenticate: {Challenge}, error=\"invalid_token\"\r\n", "a challenge for Basic would make browsers ask for a password");
    }

    [TestCase(null, 401)]
    [TestCase("read", 403)]
    public async Task A_refusal_comes_before_the_body(string? token, int status)
    {
        var field = token is null ? "" : $"Authorization: Bearer {_tokens[token]}\r\n";
        string[] requests = [.. from expect in (string[])["Expect: 100-continue\r\n", ""]
                                from framing in (string[])["Content-Length: 1000000000", "Transfer-Encoding: chunked"]
                                select $"POST / HTTP/1.1\r\nHost: h\r\n{field}{expect}{framing}\r\n\r\n"];

        // All at once, since a client that has not sent its body is given time to read the answer.
        await Task.WhenAll(requests.Select(request => Task.Run(() =>
        {
            using var socket = Daemon.Connect();
            socket.SendText(request);

            socket.ReadAnswer(timeoutSeconds: 5).ShouldBeProblem(status);
            socket.IsClosedWithin(5).Should().BeTrue("what follows is nobody's request");
        })));

        Store.Incoming.Should().BeEmpty();
    }

    [Test]
    public void Curl_reads_a_refusal_while_it_sends()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["body"], new byte[12_000_000]);

        foreach (var expect in (string[])["Expect: 100-continue", "Expect:"])
        {
            Command.Run(folder.Path, "curl", "-sS", "--data-binary", "@body", "-H", expect, "-o", "answer", "-w", "%{http_code}", Daemon.Url.AbsoluteUri)
                .Should().Be(new CommandResult(0, "401", ""));
            File.ReadAllText(folder["answer"]).Should().Contain("\"status\":401");
        }
    }

    [Test]
    public async Task A_response_that_took_a_token_is_not_for_shared_caches()
    {
        var file = Sample.Random(10);
        await ExpectAsync("PUT", $"/files/{file.Hash}", "write", 201, file.Bytes);
        using var client = Daemon.NewClient(_tokens["read"]);

        using var whole = await client.GetAsync($"/files/{file.Hash}");
        using var part = await client.SendAsync("GET", $"/?file_hash={file.Hash}", null, ("Range", "bytes=0-1"));
        using var known = await client.SendAsync("GET", $"/files/{file.Hash}", null, ("If-None-Match", $"\"{file.Hash}\""));

        (whole.Status(), part.Status(), known.Status()).Should().Be((200, 206, 304));
        foreach (var answer in (HttpResponseMessage[])[whole, part, known])
            answer.Field("Cache-Control").Should().Be("private, max-age=31536000, immutable");
    }

    [Test]
    public async Task The_log_has_the_name_of_a_token_and_never_the_token()
    {
        var guess = TokenHome.Guess();
        await AskAsync("GET", "/files?limit=77", _tokens["read"]);
        await AskAsync("DELETE", "/?file_hash=77", _tokens["read"]);
        await AskAsync("GET", "/files?limit=78", guess);
        await AskAsync("GET", $"/files?access_token={_tokens["read"]}&limit=79", null);
        await AskAsync("GET", $"/{_tokens["admin"]}", _tokens["admin"]);

        var path = Path.Join(Daemon.Home, "log", "server.log");
        (await Eventually.HoldsAsync(() => File.ReadAllText(path).Contains("GET /fst_*** 404"))).Should().BeTrue();
        var log = File.ReadAllText(path);
        log.Should().MatchRegex(@"GET /files\?limit=77 200 \d+ B [\d.]+ ms 127\.0\.0\.1 read-token\n")
            .And.MatchRegex(@"DELETE /\?file_hash=77 403 \d+ B [\d.]+ ms 127\.0\.0\.1 read-token\n")
            .And.MatchRegex(@"GET /files\?limit=78 401 \d+ B [\d.]+ ms 127\.0\.0\.1\n")
            .And.MatchRegex(@"GET /files\?access_token=fst_\*\*\*&limit=79 401 ");
        foreach (var token in _tokens.Values.Append(guess))
            (log + Daemon.LogText).Should().NotContain(token).And.NotContain(token[4..30]);
    }

    private async Task ExpectAsync(string method, string path, string? token, int status, byte[]? body = null)
    {
        using var client = Daemon.NewClient(token is null ? null : _tokens[token]);
        using var answer = await client.SendAsync(method, path, body is null ? null : new ByteArrayContent(body));
        answer.Status().Should().Be(status, "{0} {1} with {2}", method, path, token);
        if (status >= 400 && method != "HEAD")
            await answer.ShouldBeProblemAsync(status);
    }

    private async Task<(int Status, string? Challenge)> AskAsync(string method, string path, string? token)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await Client.SendAsync(request);
        return (answer.Status(), answer.Field("WWW-Authenticate"));
    }
}
