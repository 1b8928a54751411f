using FileStore.Core.Primitives;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class DigestTests
{
    private const string Abc = "900150983cd24fb0d6963f7d28e17f72";

    [TestCase(Abc)]
    [TestCase("900150983CD24FB0D6963F7D28E17F72")]
    [TestCase("900150983cD24fB0d6963F7d28e17F72")]
    public void Hexadecimal_digits_of_either_case_are_one_digest(string text)
    {
        Digest.TryParse(HashKind.Md5, text, out var digest).Should().BeTrue();

        digest.Hex.Should().Be(Abc);
        digest.ToString().Should().Be(Abc);
        digest.Kind.Should().BeSameAs(HashKind.Md5);
        digest.Should().Be(Digest.FromBytes(HashKind.Md5, Convert.FromHexString(Abc)));
        digest.ToBytes().Should().Equal(Convert.FromHexString(Abc));
    }

    [TestCase("")]
    [TestCase("900150983cd24fb0d6963f7d28e17f7")]
    [TestCase("900150983cd24fb0d6963f7d28e17f720")]
    [TestCase("900150983cd24fb0d6963f7d28e17f7g")]
    [TestCase(" 00150983cd24fb0d6963f7d28e17f72")]
    [TestCase("900150983cd24fb0d6963f7d28e17f7\n")]
    [TestCase("900150983cd24fb0d6963f7d28e17f7\0")]
    [TestCase("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    [TestCase("../../../../../../etc/passwd/../")]
    [TestCase("900150983cd24fb0d6963f7d28e17f7/")]
    [TestCase("900150983cd24fb0d6963f7d28e17f7\uFF12", Description = "a fullwidth 2")]
    [TestCase("900150983cd24fb0d6963f7d28e17f7\u0662", Description = "an Arabic 2")]
    [TestCase("900150983cd24fb0d6963f7d28e17f7\u0430", Description = "a Cyrillic a")]
    [TestCase("900150983cd24fb0d6963f7d28e17f7\u0131", Description = "a dotless i")]
    public void Text_of_another_form_is_not_a_digest(string text)
    {
        Digest.TryParse(HashKind.Md5, text, out var digest).Should().BeFalse();
        digest.Should().Be(default(Digest));
    }

    [TestCase("md5", 32)]
    [TestCase("sha1", 40)]
    [TestCase("sha256", 64)]
    [TestCase("sha512", 128)]
    public void A_digest_has_the_length_of_its_kind_and_no_other(string name, int length)
    {
        HashKind.TryParse(name, out var kind).Should().BeTrue();

        foreach (var other in HashKind.All)
            Digest.TryParse(kind!, new string('a', other.HexLength), out _).Should().Be(other.HexLength == length);
        HashKind.OfHexLength(length).Should().BeSameAs(kind);
    }

    [Test]
    public void Raw_bytes_of_another_length_are_refused()
    {
        var name = () => Digest.FromBytes(HashKind.Sha256, new byte[16]);

        name.Should().Throw<ArgumentException>().WithMessage("*32 bytes, not 16*");
    }

    [Test]
    public void A_default_digest_names_nothing()
    {
        var hex = () => default(Digest).Hex;

        hex.Should().Throw<InvalidOperationException>();
        default(Digest).ToString().Should().BeEmpty();
        default(Digest).GetHashCode().Should().Be(0);
    }

    [TestCase("MD5", "md5")]
    [TestCase("Sha256", "sha256")]
    public void Kinds_are_known_by_name_in_any_case(string text, string name)
    {
        HashKind.TryParse(text, out var kind).Should().BeTrue();

        kind!.Name.Should().Be(name);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("sha-256")]
    [TestCase("sha384")]
    [TestCase(" md5")]
    public void An_unknown_kind_is_refused(string? text) => HashKind.TryParse(text, out _).Should().BeFalse();
}
