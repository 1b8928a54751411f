using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace FileStore.Tests.Daemon.Http.Access;

/// <summary>The token file changes while the daemon runs.</summary>
[TestFixture]
public sealed class AccessTokensReloadTests
{
    private TokenHome _home;
    private LoggedLines _log;

    [SetUp]
    public void MakeHome() => (_home, _log) = (new TokenHome(), new LoggedLines());

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public void A_file_that_appears_closes_the_daemon_to_all_others()
    {
        var tokens = Tokens();
        Ask(tokens, null).Should().Be(200);

        var secret = _home.Add("first", Scope.Read);

        Ask(tokens, null).Should().Be(401);
        Ask(tokens, secret).Should().Be(200);
        _log.Warnings.Should().BeEmpty();
    }

    [Test]
    public void A_token_holds_from_its_adding_to_its_revoking()
    {
        var first = _home.Add("first", Scope.Read);
        var tokens = Tokens();

        for (var i = 0; i < 20; i++)
        {
            var second = _home.Add("second", Scope.Read);
            Ask(tokens, second).Should().Be(200);
            Ask(tokens, first).Should().Be(200);

            _home.Revoke("second");
            Ask(tokens, second).Should().Be(401);
            Ask(tokens, first).Should().Be(200);
        }
    }

    [Test]
    public void When_the_last_is_revoked_nobody_gets_in()
    {
        var secret = _home.Add("only", Scope.Admin);
        var tokens = Tokens();

        _home.Revoke("only");

        Ask(tokens, secret).Should().Be(401);
        Ask(tokens, null).Should().Be(401);
        tokens.IsOpen.Should().BeFalse();
    }

    [Test]
    public void When_the_file_goes_nobody_gets_in_until_it_is_back()
    {
        var secret = _home.Add("only", Scope.Admin);
        var tokens = Tokens();

        File.Delete(_home.Path);

        for (var i = 0; i < 3; i++)
        {
            Ask(tokens, secret).Should().Be(401);
            Ask(tokens, null).Should().Be(401);
        }

        tokens.IsOpen.Should().BeFalse();
        _log.Warnings.Should().ContainSingle(line => line.Contains(_home.Path) && line.Contains("every request is denied"));

        _home.Write();
        Ask(tokens, secret).Should().Be(200);
        File.Delete(_home.Path);
        Ask(tokens, secret).Should().Be(401);
        _log.Warnings.Should().HaveCount(2, "that was another time");
    }

    [Test]
    public void A_file_without_tokens_that_goes_opens_nothing()
    {
        _home.Write();
        var tokens = Tokens();

        File.Delete(_home.Path);

        Ask(tokens, null).Should().Be(401);
    }

    [Test]
    public void A_file_that_becomes_faulty_changes_nothing_and_is_told_once()
    {
        var secret = _home.Add("backup", Scope.Read);
        var tokens = Tokens();

        File.WriteAllText(_home.Path, "{ \"tokens\": [");

        for (var i = 0; i < 3; i++)
        {
            Ask(tokens, secret).Should().Be(200);
            Ask(tokens, null).Should().Be(401);
        }

        _log.Warnings.Should().ContainSingle(line => line.Contains(_home.Path) && line.Contains("not JSON") && line.Contains("stay valid"));
        _home.Revoke("backup");
        Ask(tokens, secret).Should().Be(401, "it was mended");
    }

    [Test]
    public void A_faulty_file_that_appears_lets_nobody_in()
    {
        var tokens = Tokens();

        File.WriteAllText(_home.Path, "");

        Ask(tokens, null).Should().Be(401);
        _log.Warnings.Should().ContainSingle(line => line.Contains(_home.Path) && line.Contains("every request is denied"));
        Ask(tokens, _home.Add("a", Scope.Read)).Should().Be(200);
    }

    [Test]
    public void A_faulty_file_that_goes_lets_nobody_in()
    {
        var tokens = Tokens();
        File.WriteAllText(_home.Path, "");
        Ask(tokens, null).Should().Be(401);

        File.Delete(_home.Path);

        Ask(tokens, null).Should().Be(401);
    }

    [Test]
    public void A_file_that_cannot_be_read_changes_nothing_and_is_told_once()
    {
        var secret = _home.Add("backup", Scope.Read);
        var tokens = Tokens();

        File.Delete(_home.Path);
        Directory.CreateDirectory(_home.Path);

        for (var i = 0; i < 3; i++)
            Ask(tokens, secret).Should().Be(200);
        _log.Warnings.Should().ContainSingle(line => line.Contains(_home.Path) && line.Contains("stay valid"));

        Directory.Delete(_home.Path);
        Ask(tokens, secret).Should().Be(401, "now it has gone");
    }

    [Test]
    public void A_file_that_cannot_be_looked_at_changes_nothing_and_is_told_once()
    {
        var secret = _home.Add("backup", Scope.Read);
        var tokens = Tokens();

        File.Delete(_home.Path);
        File.CreateSymbolicLink(_home.Path, _home.Path);

        for (var i = 0; i < 3; i++)
            Ask(tokens, secret).Should().Be(200);
        _log.Warnings.Should().ContainSingle(line => line.Contains(_home.Path));
    }

    [Test]
    public async Task A_valid_token_is_accepted_while_the_file_is_replaced()
    {
        var secret = _home.Add("lasting", Scope.Read);
        var tokens = Tokens();
        using var enough = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var refused = 0;
            while (!enough.IsCancellationRequested)
                refused += Ask(tokens, secret) == 200 && Ask(tokens, null) == 401 ? 0 : 1;
            return refused;
        })).ToArray();

        for (var i = 0; i < 50; i++)
        {
            _home.Add($"passing{i}", Scope.Read);
            _home.Revoke($"passing{i}");
        }

        enough.Cancel();
        (await Task.WhenAll(asking)).Should().AllBeEquivalentTo(0);
        _log.Warnings.Should().BeEmpty();
    }

    [Test]
    public void A_file_that_nobody_changes_costs_no_memory()
    {
        _home.Add("a", Scope.Read);
        var tokens = Tokens();
        _ = tokens.IsOpen;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
            _ = tokens.IsOpen;

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1000);
        _log.All.Should().BeEmpty("it was read once");
    }

    [Test]
    public void A_look_at_the_file_counts_for_some_milliseconds()
    {
        var time = new FakeTimeProvider();
        var tokens = new AccessTokens(_home.Path, _log.Logger, time);
        var secret = _home.Add("first", Scope.Read);
        Ask(tokens, null).Should().Be(200);

        time.Advance(AccessTokens.RecheckInterval);
        Ask(tokens, null).Should().Be(401);
        Ask(tokens, secret).Should().Be(200);
        _home.Revoke("first");
        Ask(tokens, secret).Should().Be(200);
        time.Advance(AccessTokens.RecheckInterval - TimeSpan.FromTicks(1));
        Ask(tokens, secret).Should().Be(200);

        time.Advance(TimeSpan.FromTicks(1));
        Ask(tokens, secret).Should().Be(401);
        AccessTokens.RecheckInterval.Should().BeLessThanOrEqualTo(TimeSpan.FromMilliseconds(10), "at once is what is promised");
    }

    private AccessTokens Tokens() => new(_home.Path, _log.Logger, new LeapingTime());

    private static int Ask(AccessTokens tokens, string? secret)
    {
        var request = new FakeExchange().With("Authorization", secret is null ? null : $"Bearer {secret}").ToRequest();
        request.Route = new Route("GET", "/", Scope.Read, _ => Task.CompletedTask);
        return tokens.Refusal(request)?.Status ?? 200;
    }

    /// <summary>A clock on which every reading is late enough for another check of the file.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _now, AccessTokens.RecheckInterval.Ticks);
    }
}
