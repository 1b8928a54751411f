using System.Security.Cryptography;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
public sealed class DigestHeaderStories(string engine) : DaemonFixture(engine)
{
    private static (string Field, Func<byte[], string> Value)[] Right { get; } =
    [
        ("Repr-Digest", bytes => $"sha-256=:{Base64(SHA256.HashData(bytes))}:"),
        ("Content-Digest", bytes => $"sha-256=:{Base64(SHA256.HashData(bytes))}:"),
        ("Repr-Digest", bytes => $"sha-512=:{Base64(SHA512.HashData(bytes))}:"),
        ("Repr-Digest", bytes => $"sha=:{Base64(SHA1.HashData(bytes))}:"),
        ("Repr-Digest", bytes => $"md5=:{Base64(MD5.HashData(bytes))}:"),
        ("Content-Digest", bytes => $"sha-512=:{Base64(SHA512.HashData(bytes))}:, sha-256=:{Base64(SHA256.HashData(bytes))}:"),
        ("Content-MD5", bytes => Base64(MD5.HashData(bytes))),
    ];

    private static string[] Malformed { get; } =
    [
        "Repr-Digest: sha-256=abc",
        "Repr-Digest: sha-256=:abc:",
        "Repr-Digest: sha-256=::",
        "Repr-Digest: sha-256=:!!!!:",
        "Repr-Digest: sha-256",
        "Content-Digest: =:AAAA:",
        "Content-Digest: sha-256=:1B2M2Y8AsgTpgAmY7PhCfg==:", // base64, but of 16 bytes
        "Content-MD5: d41d8cd98f00b204e9800998ecf8427e", // hexadecimal
        "Content-MD5:",
    ];

    private static string[] Places { get; } = ["POST /", "POST /files", "PUT"];

    [Test]
    public async Task A_body_with_its_digest_is_stored([ValueSource(nameof(Places))] string place)
    {
        foreach (var (field, value) in Right)
        {
            var file = Sample.Random(100_000);

            using var answer = await SendAsync(place, file, (field, value(file.Bytes)));

            answer.Status().Should().BeOneOf([200, 201], field);
            Store.Has(file.Hash).Should().BeTrue();
        }
    }

    [Test]
    public async Task A_body_with_another_digest_leaves_nothing([ValueSource(nameof(Places))] string place)
    {
        foreach (var (field, value) in Right)
        {
            var file = Sample.Random(100_000);

            using var answer = await SendAsync(place, file, (field, value([1, 2, 3])));

            await answer.ShouldBeProblemAsync(400);
            Store.Has(file.Hash).Should().BeFalse();
        }

        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task Of_several_digests_all_must_be_right()
    {
        var file = Sample.Random(100);
        var right = $"sha-256=:{Base64(SHA256.HashData(file.Bytes))}:";
        var wrong = $"sha-512=:{Base64(SHA512.HashData([]))}:";

        using var inOneField = await SendAsync("POST /", file, ("Repr-Digest", $"{right}, {wrong}"));
        using var inTwo = await SendAsync("POST /", file, ("Repr-Digest", right), ("Content-Digest", wrong));

        await inOneField.ShouldBeProblemAsync(400);
        await inTwo.ShouldBeProblemAsync(400);
        Store.Has(file.Hash).Should().BeFalse();
    }

    [Test]
    public async Task A_chunked_body_is_held_to_its_digest_too()
    {
        var file = Sample.Random(300_000);

        using var answer = await Client.SendAsync("POST", "/", Responses.Chunked(file.Bytes), ("Content-Digest", $"sha-256=:{Base64(SHA256.HashData([]))}:"));

        await answer.ShouldBeProblemAsync(400);
        Store.Has(file.Hash).Should().BeFalse();
    }

    [TestCaseSource(nameof(Malformed))]
    public void A_malformed_digest_is_refused_before_the_body(string field)
    {
        using var socket = Daemon.Connect();
        socket.SendText($"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n{field}\r\n\r\n"); // and no body

        socket.ReadAnswer().ShouldBeProblem(400);
    }

    [Test]
    public async Task A_digest_of_an_unknown_kind_is_passed_over()
    {
        var file = Sample.Random(100);

        using var answer = await SendAsync("POST /", file, ("Repr-Digest", "blake3=:AAAA:, unixsum=:AA==:"));

        (await answer.TextAsync()).Should().Be(file.Hash);
    }

    [Test]
    public async Task For_a_form_the_digest_is_that_of_the_whole_body()
    {
        var (right, wrong) = (Sample.Random(1000), Sample.Random(1000));

        using var stored = await SendFormAsync(right, body => $"sha-256=:{Base64(SHA256.HashData(body))}:");
        using var refused = await SendFormAsync(wrong, body => $"sha-256=:{Base64(SHA256.HashData(body[1..]))}:");

        (await stored.TextAsync()).Should().Be(right.Hash);
        await refused.ShouldBeProblemAsync(400);
        Store.Has(wrong.Hash).Should().BeFalse();
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes);

    private Task<HttpResponseMessage> SendAsync(string place, Sample file, params (string, string)[] fields) => place == "PUT"
        ? Client.SendAsync("PUT", $"/files/{file.Hash}", new ByteArrayContent(file.Bytes), fields)
        : Client.SendAsync("POST", place.Split(' ')[1], new ByteArrayContent(file.Bytes), fields);

    private Task<HttpResponseMessage> SendFormAsync(Sample file, Func<byte[], string> digest)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes("--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n"), .. file.Bytes, .. "\r\n--b--\r\n"u8];
        return Client.SendAsync("POST", "/", new ByteArrayContent(body), ("Content-Type", "multipart/form-data; boundary=b"), ("Content-Digest", digest(body)));
    }
}
