using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Access;

/// <summary>Which tokens allow which requests.</summary>
[TestFixture]
public sealed class AccessTokensTests
{
    private TokenHome _home;
    private LoggedLines _log;

    [SetUp]
    public void MakeHome() => (_home, _log) = (new TokenHome(), new LoggedLines());

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public void Without_a_file_everybody_may_do_everything()
    {
        var tokens = Tokens();

        tokens.IsOpen.Should().BeTrue();
        Ask(tokens, null, Scope.Admin).Should().Be(200);
        Ask(tokens, "Bearer nonsense", Scope.Read, out var request).Should().Be(200);
        request.Token.Should().BeNull();
        _log.All.Should().BeEmpty();
    }

    [Test]
    public void A_token_is_good_for_its_scopes()
    {
        var secret = _home.Add("backup", Scope.Read | Scope.Write);
        var tokens = Tokens();

        tokens.IsOpen.Should().BeFalse();
        Ask(tokens, $"Bearer {secret}", Scope.Write, out var request).Should().Be(200);
        request.Token.Should().Be("backup");
        Ask(tokens, $"Bearer {secret}", Scope.Delete, out request).Should().Be(403);
        request.Token.Should().Be("backup", "the log tells who was refused");
        Ask(tokens, $"Bearer {secret}", null).Should().Be(200, "404 and 405 are for those who are known");
        Ask(tokens, null, Scope.Anyone).Should().Be(200);
        Ask(tokens, null, null).Should().Be(401);
    }

    [TestCase("Bearer TOKEN", 200)]
    [TestCase("bearer TOKEN", 200)]
    [TestCase("BEARER   TOKEN", 200)]
    [TestCase("Bearer TOKEN ", 200)]
    [TestCase(null, 401, "")]
    [TestCase("", 401, "")]
    [TestCase("Bearer", 401, "")]
    [TestCase("Bearer ", 401, "")]
    [TestCase("Basic TOKEN", 401, "")]
    [TestCase("BearerTOKEN", 401, "")]
    [TestCase("Bearer\tTOKEN", 401, "")]
    [TestCase("TOKEN", 401, "")]
    [TestCase(", Bearer TOKEN", 401, "")]
    [TestCase("Bearer TOKEN, Bearer TOKEN", 401, "invalid_token")]
    [TestCase("Bearer TOKEN,", 401, "invalid_token")]
    [TestCase("Bearer TOKEN x", 401, "invalid_token")]
    [TestCase("Bearer \"TOKEN\"", 401, "invalid_token")]
    [TestCase("Bearer TOKENx", 401, "invalid_token")]
    [TestCase("Bearer xTOKEN", 401, "invalid_token")]
    [TestCase("Bearer HASH", 401, "invalid_token")]
    [TestCase("Bearer backup", 401, "invalid_token")]
    [TestCase("Bearer Ã©", 401, "invalid_token")]
    public void Only_the_token_itself_is_the_token(string? header, int status, string? error = null)
    {
        var secret = _home.Add("backup", Scope.Read);
        var hash = Convert.ToHexStringLower(AccessToken.HashOf(secret));

        var refusal = Refusal(Tokens(), header?.Replace("TOKEN", secret).Replace("HASH", hash), Scope.Read, out _);

        (refusal?.Status ?? 200).Should().Be(status);
        if (error is not null)
        {
            refusal!.Headers.Should().Equal(("WWW-Authenticate", error.Length == 0
                ? "Bearer realm=\"filestore\""
                : $"Bearer realm=\"filestore\", error=\"{error}\""));
        }
    }

    [Test]
    public void A_token_is_found_wherever_it_stands_and_only_whole()
    {
        var secrets = Enumerable.Range(0, 20).Select(i => _home.Add($"t{i}", Scope.Read)).ToArray();
        var tokens = Tokens();

        for (var i = 0; i < secrets.Length; i++)
        {
            Ask(tokens, $"Bearer {secrets[i]}", Scope.Read, out var request).Should().Be(200);
            request.Token.Should().Be($"t{i}");
            Ask(tokens, $"Bearer {secrets[i][..^1]}", Scope.Read).Should().Be(401);
            Ask(tokens, $"Bearer {secrets[i].ToUpperInvariant()}", Scope.Read).Should().Be(401);
        }

        Ask(tokens, $"Bearer {TokenHome.Guess()}", Scope.Read).Should().Be(401);
    }

    [TestCase(256)]
    [TestCase(257)]
    [TestCase(30_000)]
    public void An_endless_credential_is_refused(int length)
    {
        _home.Add("a", Scope.Read);

        Ask(Tokens(), "Bearer " + new string('x', length), Scope.Read).Should().Be(401);
    }

    [Test]
    public void A_scope_that_lacks_is_named_as_the_standard_has_it()
    {
        var secret = _home.Add("backup", Scope.Read);

        var refusal = Refusal(Tokens(), $"Bearer {secret}", Scope.Write, out _);

        refusal!.Status.Should().Be(403);
        refusal.Detail.Should().ContainAll("'backup'", "write");
        refusal.Headers.Should().Equal(("WWW-Authenticate", "Bearer realm=\"filestore\", error=\"insufficient_scope\", scope=\"write\""));
    }

    [TestCase("0600", 0)]
    [TestCase("0400", 0)]
    [TestCase("0640", 1)]
    [TestCase("0604", 1)]
    [TestCase("0620", 1)]
    [TestCase("0666", 1)]
    public void A_file_that_others_may_read_or_write_is_worth_a_warning(string mode, int warnings)
    {
        _home.Add("a", Scope.Read);
        File.SetUnixFileMode(_home.Path, (UnixFileMode)Convert.ToInt32(mode, 8));

        Tokens();

        _log.Warnings.Where(line => line.Contains(_home.Path)).Should().HaveCount(warnings);
    }

    [Test]
    public void A_file_that_is_faulty_at_the_start_is_fatal()
    {
        File.WriteAllText(_home.Path, "{");

        FluentActions.Invoking(Tokens).Should().Throw<TokenFileException>().WithMessage($"*{_home.Path}*");
    }

    [Test]
    public void A_file_without_tokens_lets_nobody_in_and_says_so()
    {
        _home.Write();
        var tokens = Tokens();

        tokens.IsOpen.Should().BeFalse();
        Ask(tokens, null, Scope.Read).Should().Be(401);
        Ask(tokens, $"Bearer {TokenHome.Guess()}", Scope.Read).Should().Be(401);
        _log.Warnings.Should().ContainSingle(line => line.Contains("every request is denied"));
    }

    private AccessTokens Tokens() => new(_home.Path, _log.Logger, TimeProvider.System);

    private static int Ask(AccessTokens tokens, string? authorization, Scope? needed) => Ask(tokens, authorization, needed, out _);

    private static int Ask(AccessTokens tokens, string? authorization, Scope? needed, out Request request) =>
        Refusal(tokens, authorization, needed, out request)?.Status ?? 200;

    private static Problem? Refusal(AccessTokens tokens, string? authorization, Scope? needed, out Request request)
    {
        request = new FakeExchange().With("Authorization", authorization).ToRequest();
        request.Route = needed is null ? null : new Route("GET", "/", needed.Value, _ => Task.CompletedTask);
        return tokens.Refusal(request);
    }
}
