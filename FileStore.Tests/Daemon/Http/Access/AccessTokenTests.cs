using System.Security.Cryptography;
using System.Text;
using FileStore.Daemon.Http.Access;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Access;

[TestFixture]
public sealed class AccessTokenTests
{
    private static DateTimeOffset Now { get; } = new(2024, 2, 29, 12, 0, 0, 250, TimeSpan.Zero);

    [Test]
    public void A_token_is_a_mark_and_32_random_bytes()
    {
        var secrets = new HashSet<string>();
        for (var i = 0; i < 100; i++)
        {
            AccessToken.New("a", Scope.Read, Now, out var secret);
            secret.Should().MatchRegex("^fst_[A-Za-z0-9_-]{43}$");
            secrets.Add(secret).Should().BeTrue();
        }
    }

    [Test]
    public void A_token_keeps_only_its_hash_name_scopes_and_second()
    {
        var token = AccessToken.New("backup", Scope.Read | Scope.Write, Now, out var secret);

        token.Should().BeEquivalentTo(new AccessToken(
            "backup", Scope.Read | Scope.Write, SHA256.HashData(Encoding.ASCII.GetBytes(secret)), new(2024, 2, 29, 12, 0, 0, TimeSpan.Zero)));
        token.ToString().Should().NotContain(secret);
    }

    [TestCase("a", true)]
    [TestCase("Backup-2.old_one", true)]
    [TestCase("1234567890123456789012345678901234567890123456789012345678901234", true)]
    [TestCase("12345678901234567890123456789012345678901234567890123456789012345", false)]
    [TestCase("", false)]
    [TestCase("a b", false)]
    [TestCase("a\n", false)]
    [TestCase("ключ", false)]
    [TestCase("a/b", false)]
    public void A_name_is_one_word(string name, bool isOne) => AccessToken.IsName(name).Should().Be(isOne);

    [Test]
    public void A_scope_allows_itself_and_admin_everything()
    {
        foreach (var needed in ScopeNames.All)
        {
            foreach (var had in ScopeNames.All)
                new AccessToken("a", had, [], Now).Allows(needed).Should().Be(had == needed || had == Scope.Admin);
        }

        new AccessToken("a", Scope.Read | Scope.Write, [], Now).Allows(Scope.Write).Should().BeTrue();
        new AccessToken("a", Scope.Read | Scope.Write, [], Now).Allows(Scope.Delete).Should().BeFalse();
    }

    [Test]
    public void Every_scope_but_anyone_can_be_given()
    {
        ScopeNames.All.Should().BeEquivalentTo(Enum.GetValues<Scope>().Except([Scope.Anyone]));
        ScopeNames.All.Select(ScopeNames.Of).Select(ScopeNames.Find).Should().Equal(ScopeNames.All.Cast<Scope?>());
        ScopeNames.Choices.Should().Be("read, write, delete, exports, jobs, tasks, relay, admin");
    }

    [TestCase("anyone")]
    [TestCase("Read")]
    [TestCase("")]
    [TestCase("1")]
    [TestCase("read,write")]
    public void An_unknown_scope_is_not_found(string name) => ScopeNames.Find(name).Should().BeNull();
}
