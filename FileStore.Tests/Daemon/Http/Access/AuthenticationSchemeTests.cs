using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Access;

[TestFixture]
public sealed class AuthenticationSchemeTests
{
    [TestCase("Bearer T", "T")]
    [TestCase("bearer   T ", "T")]
    [TestCase("Basic dTpU", "T", Description = "u:T")]
    [TestCase("BASIC OlQ=", "T", Description = ":T")]
    [TestCase("Basic dTpUOng=", "T:x", Description = "u:T:x, since a password may have colons")]
    [TestCase("Basic dQ==", null, Description = "u")]
    [TestCase("Basic dTo=", null, Description = "u:")]
    [TestCase("Basic dTpU!", null)]
    [TestCase("Basic dTpUdTpU=", null, Description = "broken padding")]
    [TestCase("Basic", null)]
    [TestCase("Basic ", null)]
    [TestCase("Digest username=\"u\"", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public void The_token_is_what_follows_bearer_or_the_password_of_basic(string? authorization, string? token) =>
        AuthenticationScheme.Presented(authorization).Should().Be(token);

    [Test]
    public void Credentials_that_are_too_long_hold_no_token() =>
        AuthenticationScheme.Presented("Basic " + Convert.ToBase64String(Bytes.Of("u:" + new string('x', 30_000)))).Should().BeNull();

    [Test]
    public void A_password_that_is_not_UTF_8_is_read_with_replacement_characters() =>
        AuthenticationScheme.Presented("Basic " + Convert.ToBase64String([(byte)':', 0xFF, 0xC3])).Should().Be("\uFFFD\uFFFD");
}
