using System.Text;
using FileStore.Daemon.Http.Engines;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines;

public sealed class ChunkedFramingTests
{
    [TestCase("0\r\n\r\n")]
    [TestCase("5\r\nhello\r\n0\r\n\r\n")]
    [TestCase("a\r\n0123456789\r\nB\r\n0123456789a\r\n000\r\n\r\n")]
    [TestCase("5;name=value;other=\"v\"\r\nhello\r\n0;last\r\n\r\n")]
    [TestCase("1\r\n\n\r\n0\r\nX: y\r\nZ: \tw\r\n\r\n")]
    public void A_body_ends_where_it_ends_however_it_is_cut_into_pieces(string body)
    {
        var bytes = Encoding.Latin1.GetBytes(body + "GET / HTTP/1.1");
        for (var piece = 1; piece <= bytes.Length; piece++)
        {
            var framing = new ChunkedFraming();
            var taken = 0;
            for (var at = 0; at < bytes.Length; at += piece)
                taken += framing.Advance(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)))!.Value;

            taken.Should().Be(body.Length, "in pieces of {0}", piece);
        }
    }

    [TestCase("\r\n")]
    [TestCase("x\r\n")]
    [TestCase(" 5\r\nhello\r\n")]
    [TestCase("5 \r\nhello\r\n")]
    [TestCase("5 5\r\nhello\r\n")]
    [TestCase("-5\r\nhello\r\n")]
    [TestCase("0x5\r\nhello\r\n")]
    [TestCase("5\nhello\r\n")]
    [TestCase("5\r\nhelloworld")]
    [TestCase("5\r\nhello\n0\r\n\r\n")]
    [TestCase("5\r\nhello0\r\n\r\n")]
    [TestCase("5;a\u0000b\r\nhello\r\n")]
    [TestCase("1234567890123456\r\n")]
    [TestCase("0\r\n\n")]
    [TestCase("0\r\nX: \u0001\r\n\r\n")]
    [TestCase("0\r\nX\r\n\r\n")]
    [TestCase("0\r\n: x\r\n\r\n")]
    [TestCase("0\r\nX : y\r\n\r\n")]
    [TestCase("0\r\n X: y\r\n\r\n")]
    [TestCase("0\r\nX: y\r\n z\r\n\r\n")]
    [TestCase("0\r\nX: y\n\r\n")]
    [TestCase("0\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    public void Broken_coding_is_noticed(string body)
    {
        new ChunkedFraming().Advance(Encoding.Latin1.GetBytes(body)).Should().BeNull();
    }

    [TestCase("0\r\n\r\n", "")]
    [TestCase("5\r\nhello\r\n0\r\n\r\n", "hello")]
    [TestCase("1\r\nh\r\n1;x=\"\r\"\r\ne\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n", null)]
    [TestCase("1\r\nh\r\n1;x=\"1\"\r\ne\r\n003\r\nllo\r\n0\r\nX: y\r\n\r\n", "hello")]
    [TestCase("4\r\n\r\n0\r\r\n0\r\n\r\n", "\r\n0\r")]
    public void The_data_is_what_the_chunks_hold_however_it_is_cut_into_pieces(string body, string? data)
    {
        var bytes = Encoding.Latin1.GetBytes(body + "GET / HTTP/1.1");
        for (var size = 1; size <= bytes.Length; size++)
        {
            var framing = new ChunkedFraming();
            var (decoded, taken) = ("", 0);
            foreach (var piece in bytes.Chunk(size))
            {
                if (framing.Decode(piece, out var count) is not { } length)
                {
                    decoded = null;
                    break;
                }

                decoded += Encoding.Latin1.GetString(piece, 0, length);
                taken += count;
            }

            decoded.Should().Be(data, "in pieces of {0}", size);
            framing.IsAtEnd.Should().Be(data is not null);
            if (data is not null)
                taken.Should().Be(body.Length);
        }
    }

    [Test]
    public void A_broken_body_stays_broken()
    {
        var framing = new ChunkedFraming();

        framing.Decode("z"u8.ToArray(), out _).Should().BeNull();
        framing.Decode("0\r\n\r\n"u8.ToArray(), out _).Should().BeNull();
        framing.IsAtEnd.Should().BeFalse();
    }

    [TestCase("5;")]
    [TestCase("5;x=")]
    [TestCase("5;x=\"")]
    [TestCase("0\r\nX: ")]
    public void Extensions_and_trailers_come_to_an_end(string beginning)
    {
        new ChunkedFraming().Advance(Encoding.Latin1.GetBytes(beginning + new string('x', 20_000))).Should().BeNull();
    }

    [Test]
    public void So_do_trailers_with_nothing_in_them() =>
        new ChunkedFraming().Advance(Encoding.Latin1.GetBytes("0\r\n" + string.Concat(Enumerable.Repeat("X:\r\n", 20_000)))).Should().BeNull();

    [Test]
    public void An_incomplete_body_is_neither_broken_nor_at_its_end()
    {
        var framing = new ChunkedFraming();

        framing.Advance("5\r\nhel"u8).Should().Be(6);
        framing.Advance("lo\r\n0\r\n"u8).Should().Be(7);
        framing.Advance("\r\nrest"u8).Should().Be(2);
    }
}
