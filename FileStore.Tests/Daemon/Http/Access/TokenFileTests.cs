using System.Text;
using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Access;

[TestFixture]
public sealed class TokenFileTests
{
    private const string Hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    private const string Sound = $$"""{ "name": "a", "scopes": ["read"], "sha256": "{{Hash}}", "created": "2026-11-21T01:07:41Z" }""";

    private TempFolder _folder;

    private string Subject => _folder["tokens.json"];

    private static IEnumerable<TestCaseData> Faulty()
    {
        foreach (var (text, told) in ((string, string)[])
        [
            ("", "not JSON"),
            ("{", "not JSON"),
            ($$"""{ "tokens": [{{Sound}}, { "name": "b", """, "not JSON"),
            ($$"""{ "tokens": [{{Sound}}] } {}""", "not JSON"),
            ($$"""{ "tokens": [{{Sound}},] }""", "not JSON"),
            ($$"""{ /* mine */ "tokens": [] }""", "not JSON"),
            (new string('[', 100_000), "not JSON"),
            ("[]", "should be a JSON object"),
            ("null", "should be a JSON object"),
            ("{}", "has no \"tokens\""),
            ("""{ "tokens": null }""", "\"tokens\" should be a list"),
            ("""{ "tokens": {} }""", "\"tokens\" should be a list"),
            ("""{ "tokens": [], "tokens": [] }""", "\"tokens\" occurs twice"),
            ("""{ "tokens": [], "open": true }""", "\"open\""),
            ("""{ "Tokens": [] }""", "\"Tokens\""),
            ("""{ "tokens": ["a"] }""", "token 1 should be a JSON object"),
            ($$"""{ "tokens": [{{Sound}}, null] }""", "token 2 should be a JSON object"),
            ($$"""{ "tokens": [{{Sound}}, {{Sound}}] }""", "'a' occurs twice"),
            ("""{ "tokens": [{}] }""", "token 1 has no \"name\""),
            (With("\"name\": \"a\"", "\"name\": 1"), "token 1: \"name\" should be text"),
            (With("\"name\": \"a\"", "\"name\": \"\""), "\"name\" should be 1 to 64"),
            (With("\"name\": \"a\"", "\"name\": \"a\\nb\""), "\"name\" should be 1 to 64"),
            (With("\"name\": \"a\"", "\"name\": \"\\ud800\""), "tokens.json"),
            (With("\"name\": \"a\"", "\"name\": \"a\", \"name\": \"b\""), "token 1: \"name\" occurs twice"),
            (With("\"name\": \"a\"", "\"name\": \"a\", \"note\\u0007\": 1"), "\"note\\u0007\""),
            (With("[\"read\"]", "\"read\""), "\"scopes\" should be a list"),
            (With("[\"read\"]", "[]"), "\"scopes\" should be a list"),
            (With("[\"read\"]", "[1]"), "\"scopes\" should be text"),
            (With("[\"read\"]", "[\"Read\"]"), "\"Read\" is not one of read, write"),
            (With("[\"read\"]", "[\"read\", \"root\"]"), "\"root\" is not one of read, write"),
            (With("[\"read\"]", "[\"anyone\"]"), "\"anyone\" is not one of"),
            (With(Hash, Hash[1..]), "64 hexadecimal digits"),
            (With(Hash, Hash + "0"), "64 hexadecimal digits"),
            (With(Hash, "g" + Hash[1..]), "64 hexadecimal digits"),
            (With($"\"{Hash}\"", "null"), "\"sha256\" should be text"),
            (With("2026-11-21T01:07:41Z", "yesterday"), "\"created\" should be a time"),
            (With("2026-11-21T01:07:41Z", "2026-02-30T01:07:41Z"), "\"created\" should be a time"),
            (With(", \"created\": \"2026-11-21T01:07:41Z\"", ""), "token 1 has no \"created\""),
        ])
            yield return new TestCaseData(text, told).SetArgDisplayNames(text[..Math.Min(text.Length, 60)], told);
    }

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Tokens_are_read_back_as_they_were_written()
    {
        var tokens = new[]
        {
            AccessToken.New("backup", Scope.Read | Scope.Write, DateTimeOffset.UnixEpoch, out var first),
            AccessToken.New("all", Scope.Admin, DateTimeOffset.UnixEpoch, out var second),
        };

        TokenFile.Write(Subject, tokens);

        TokenFile.Read(Subject)!.Tokens.Should().BeEquivalentTo(tokens, how => how.WithStrictOrdering());
        File.ReadAllText(Subject).Should().NotContain(first).And.NotContain(second);
        File.GetUnixFileMode(Subject).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Test]
    public void No_file_and_no_tokens_are_two_things()
    {
        TokenFile.Read(Subject).Should().BeNull();

        TokenFile.Write(Subject, []);

        TokenFile.Read(Subject)!.Tokens.Should().BeEmpty();
    }

    [TestCase("{ \"tokens\": [SOUND] }")]
    [TestCase("\uFEFF{ \"tokens\": [SOUND] }\n\n", Description = "as some editors leave it")]
    public void One_that_was_written_by_hand_is_read(string text)
    {
        File.WriteAllText(Subject, text.Replace("SOUND", Sound.Replace(Hash, Hash.ToUpperInvariant())));

        TokenFile.Read(Subject)!.Tokens.Should().ContainSingle().Which.Should().BeEquivalentTo(
            new AccessToken("a", Scope.Read, Convert.FromHexString(Hash), new(2026, 11, 21, 1, 7, 41, TimeSpan.Zero)));
    }

    [TestCaseSource(nameof(Faulty))]
    public void A_malformed_file_is_a_fault_that_names_it_and_the_reason(string text, string told)
    {
        File.WriteAllText(Subject, text);

        var fault = Fault();

        fault.Message.Should().StartWith(Subject + ": ").And.Contain(told).And.NotContain(Hash);
        fault.Message.Should().NotContain("\n").And.NotMatch("*\u0007*");
        fault.Stamp.Should().NotBeNull("the next look need not read it again");
    }

    [Test]
    public void A_token_that_stands_where_its_hash_belongs_is_not_shown()
    {
        var secret = TokenHome.Guess();
        File.WriteAllText(Subject, With(Hash, secret));

        Fault().Message.Should().NotContain(secret);
    }

    [Test]
    public void A_file_that_is_not_UTF_8_is_a_fault()
    {
        File.WriteAllBytes(Subject, [.. Encoding.ASCII.GetBytes("""{ "tokens": [{ "name": "caf"""), 0xE9, .. Encoding.ASCII.GetBytes("""" }] }"""")]);

        Fault().Message.Should().StartWith(Subject);
    }

    [Test]
    public void A_huge_file_is_not_even_read()
    {
        using (var huge = File.OpenWrite(Subject))
            huge.SetLength(1L << 40);

        Fault().Message.Should().Contain(Subject).And.Contain("longer than");
    }

    [Test]
    public void A_folder_in_its_place_is_a_fault()
    {
        Directory.CreateDirectory(Subject);

        Fault().Should().Match<TokenFileException>(fault => fault.Stamp == null && fault.Message.Contains(Subject));
    }

    [Test]
    public void More_than_can_be_read_is_not_written()
    {
        var name = new string('x', 60);
        var tokens = Enumerable.Range(0, 5000).Select(i => new AccessToken($"{name}{i}", Scope.Read | Scope.Write, new byte[32], DateTimeOffset.UnixEpoch));
        TokenFile.Write(Subject, []);

        FluentActions.Invoking(() => TokenFile.Write(Subject, tokens)).Should().Throw<IOException>();

        TokenFile.Read(Subject)!.Tokens.Should().BeEmpty();
    }

    private static string With(string part, string other) => $$"""{ "tokens": [{{Sound.Replace(part, other)}}] }""";

    private TokenFileException Fault() => FluentActions.Invoking(() => TokenFile.Read(Subject)).Should().Throw<TokenFileException>().Which;
}
