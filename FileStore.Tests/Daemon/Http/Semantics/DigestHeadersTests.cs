using System.Security.Cryptography;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Semantics;

/// <summary>RFC 9530, and Content-MD5 of RFC 1864, for the bytes "abc".</summary>
[TestFixture]
public sealed class DigestHeadersTests
{
    private const string Md5 = "kAFQmDzST7DWlj99KOF/cg==";
    private const string Sha256 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    private const string Sha512 = "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";

    [TestCase("md5", "md5=:" + Md5 + ":")]
    [TestCase("sha1", "sha=:qZk+NkcGgWq6PiVxeFDCbJzQ2J0=:")]
    [TestCase("sha256", "sha-256=:" + Sha256 + ":")]
    [TestCase("sha512", "sha-512=:" + Sha512 + ":")]
    public void A_digest_is_written_as_the_registry_names_it(string name, string expected)
    {
        HashKind.TryParse(name, out var kind).Should().BeTrue();
        using var hash = kind!.CreateHash();
        hash.AppendData("abc"u8);

        DigestHeaders.Format(Digest.FromBytes(kind, hash.GetHashAndReset())).Should().Be(expected);
    }

    [TestCase("Repr-Digest", "sha-256=:" + Sha256 + ":", "sha256")]
    [TestCase("Content-Digest", "sha-256=:" + Sha256 + ":", "sha256")]
    [TestCase("Content-Digest", "md5=:" + Md5 + ":", "md5")]
    [TestCase("Content-MD5", Md5, "md5")]
    [TestCase("Repr-Digest", "md5=:" + Md5 + ":, sha-512=:" + Sha512 + ":", "md5 sha512")]
    [TestCase("Repr-Digest", "md5=:" + Md5 + ":,sha-256=:" + Sha256 + ":", "md5 sha256")]
    [TestCase("Repr-Digest", "crc32c=:AAAAAA==:, sha-256=:" + Sha256 + ":", "sha256", Description = "an algorithm that we do not know")]
    [TestCase("Repr-Digest", "crc32c=:AAAAAA==:", "")]
    [TestCase("Repr-Digest", "", "")]
    [TestCase("Digest", "sha-256=" + Sha256, "", Description = "the obsolete field of RFC 3230")]
    public void Promised_digests_are_read(string header, string value, string kinds)
    {
        var expected = DigestHeaders.Expected(new FakeExchange("POST").With(header, value).ToRequest());

        string.Join(' ', expected.Select(digest => digest.Kind.Name)).Should().Be(kinds);
        foreach (var digest in expected)
        {
            using var hash = digest.Kind.CreateHash();
            hash.AppendData("abc"u8);
            digest.ToBytes().Should().Equal(hash.GetHashAndReset());
        }
    }

    [Test]
    public void Digests_of_all_fields_count()
    {
        var exchange = new FakeExchange("POST").With("Repr-Digest", $"sha-256=:{Sha256}:").With("Content-Digest", $"sha-512=:{Sha512}:")
            .With("Content-MD5", Md5);

        DigestHeaders.Expected(exchange.ToRequest()).Select(digest => digest.Kind.Name).Should().Equal("sha256", "sha512", "md5");
    }

    [Test]
    public void A_request_without_such_fields_promises_nothing() =>
        DigestHeaders.Expected(new FakeExchange("POST").ToRequest()).Should().BeEmpty();

    [TestCase("Repr-Digest", "sha-256")]
    [TestCase("Repr-Digest", "sha-256=")]
    [TestCase("Repr-Digest", "sha-256=:")]
    [TestCase("Repr-Digest", "sha-256=::")]
    [TestCase("Repr-Digest", "sha-256=" + Sha256)]
    [TestCase("Repr-Digest", "sha-256=:" + Sha256)]
    [TestCase("Repr-Digest", "sha-256=\"" + Sha256 + "\"")]
    [TestCase("Repr-Digest", "=:" + Sha256 + ":")]
    [TestCase("Repr-Digest", "sha-256=:not base64 at all!:")]
    [TestCase("Repr-Digest", "sha-256=:" + Md5 + ":")]
    [TestCase("Repr-Digest", "md5=:" + Sha256 + ":")]
    [TestCase("Content-Digest", "sha-256=:" + Sha256 + "AAAA:")]
    [TestCase("Content-Digest", "sha-256=:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad:")]
    [TestCase("Content-MD5", "")]
    [TestCase("Content-MD5", "900150983cd24fb0d6963f7d28e17f72")]
    [TestCase("Content-MD5", Sha256)]
    [TestCase("Content-MD5", Md5 + ", " + Md5)]
    public void A_malformed_field_is_refused_by_name_and_never_ignored(string header, string value)
    {
        var read = () => DigestHeaders.Expected(new FakeExchange("POST").With(header, value).ToRequest());

        var problem = read.Should().Throw<ProblemException>().Which.Problem;
        problem.Status.Should().Be(400);
        problem.Detail.Should().Contain(header).And.Contain("base64");
    }

    [Test]
    public void The_vectors_of_this_test_are_right() => Convert.FromBase64String(Sha512).Should().Equal(SHA512.HashData("abc"u8));
}
