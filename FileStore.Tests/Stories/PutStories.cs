using System.Security.Cryptography;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
public sealed class PutStories(string engine) : DaemonFixture(engine)
{
    [Test]
    public async Task A_file_of_this_hash_is_created_once()
    {
        var file = Sample.Random(70_000);

        using var first = await PutAsync(file.Hash, file.Bytes);
        using var second = await PutAsync(file.Hash, file.Bytes);

        first.Status().Should().Be(201);
        first.Field("Location").Should().Be($"/files/{file.Hash}");
        (await first.TextAsync()).Should().Be(file.Hash);
        second.Status().Should().Be(200);
        (await second.TextAsync()).Should().Be(file.Hash);
        Store.Read(file.Hash).Should().Equal(file.Bytes);
    }

    [Test]
    public async Task The_answer_can_be_json()
    {
        var file = Sample.Random(7);

        using var answer = await PutAsync(file.Hash, file.Bytes, ("Accept", "application/json"));

        (await answer.TextAsync()).Should().Be($$"""{"file_hash":"{{file.Hash}}","size":7,"created":true}""");
    }

    [Test]
    public async Task Put_with_a_wrong_hash_leaves_nothing()
    {
        var (file, other) = (Sample.Random(1000), Sample.Random(1000));

        using var answer = await PutAsync(other.Hash, file.Bytes);

        await answer.ShouldBeProblemAsync(422);
        Store.Has(file.Hash).Should().BeFalse();
        Store.Has(other.Hash).Should().BeFalse();
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task Put_with_a_wrong_hash_leaves_the_stored_blob_as_it_was()
    {
        var file = Sample.Random(1000);
        await StoreAsync(file.Bytes);

        using var answer = await PutAsync(file.Hash, Sample.Random(1000).Bytes);

        await answer.ShouldBeProblemAsync(422);
        Store.Read(file.Hash).Should().Equal(file.Bytes);
    }

    [TestCase("abc")]
    [TestCase("d41d8cd98f00b204e9800998ecf8427e")] // a hash, but of MD5
    [TestCase("zz11111111111111111111111111111111111111111111111111111111111111")]
    [TestCase("..")]
    [TestCase("%2e%2e%2fx")]
    public async Task A_malformed_hash_is_refused_and_an_upper_case_one_is_accepted(string name)
    {
        var file = Sample.Random(10);

        var answer = Daemon.Ask($"PUT /files/{name} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");

        answer.ShouldBeProblem(400);
        using var upper = await PutAsync(file.Hash.ToUpperInvariant(), file.Bytes);
        upper.Status().Should().Be(201, "upper-case is a spelling of the same hash");
        Store.Has(file.Hash).Should().BeTrue();
    }

    [TestCase("bytes 0-4/10")]
    [TestCase("bytes 0-9/10")]
    [TestCase("bytes */10")]
    [TestCase("junk")]
    public void A_part_of_a_file_is_not_taken_for_the_whole(string range)
    {
        var file = Sample.Random(10);
        foreach (var request in (string[])[$"PUT /files/{file.Hash}", "POST /", "POST /files"])
        {
            using var socket = Daemon.Connect();
            socket.SendText($"{request} HTTP/1.1\r\nHost: h\r\nContent-Range: {range}\r\nContent-Length: 10\r\n\r\n");

            socket.ReadAnswer().ShouldBeProblem(400); // of the body, nothing was sent
        }

        Store.Has(file.Hash).Should().BeFalse();
    }

    [Test]
    public async Task Put_of_an_empty_file_needs_no_body()
    {
        var empty = Sample.Of("");

        using var answer = await PutAsync(empty.Hash, []);

        answer.Status().Should().Be(201);
        Store.Read(empty.Hash).Should().BeEmpty();
    }

    [Test]
    public async Task Put_with_If_None_Match_fails_if_a_matching_blob_is_stored()
    {
        var file = Sample.Random(100);

        using var first = await PutAsync(file.Hash, file.Bytes, ("If-None-Match", "*"));
        using var second = await PutAsync(file.Hash, file.Bytes, ("If-None-Match", "*"));
        using var tagged = await PutAsync(file.Hash, file.Bytes, ("If-None-Match", $"\"{file.Hash}\""));

        first.Status().Should().Be(201);
        await second.ShouldBeProblemAsync(412);
        await tagged.ShouldBeProblemAsync(412);
    }

    [Test]
    public async Task Put_with_If_Match_fails_unless_a_matching_blob_is_stored()
    {
        var file = Sample.Random(100);

        using var absent = await PutAsync(file.Hash, file.Bytes, ("If-Match", "*"));
        await StoreAsync(file.Bytes);
        using var present = await PutAsync(file.Hash, file.Bytes, ("If-Match", "*"));
        using var other = await PutAsync(file.Hash, file.Bytes, ("If-Match", "\"other\""));

        await absent.ShouldBeProblemAsync(412);
        present.Status().Should().Be(200);
        await other.ShouldBeProblemAsync(412);
    }

    [Test]
    public async Task A_store_by_another_hash_takes_that_hash()
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--hash", "sha512");
        using var client = daemon.NewClient();
        var file = Sample.Random(100);
        var hash = Convert.ToHexStringLower(SHA512.HashData(file.Bytes));

        using var right = await client.PutAsync($"/files/{hash}", new ByteArrayContent(file.Bytes));
        using var wrong = await client.PutAsync($"/files/{file.Hash}", new ByteArrayContent(file.Bytes));

        right.Status().Should().Be(201);
        await wrong.ShouldBeProblemAsync(400);
        (await client.GetByteArrayAsync($"/?file_hash={hash}")).Should().Equal(file.Bytes);
    }

    private Task<HttpResponseMessage> PutAsync(string hash, byte[] bytes, params (string, string)[] fields) =>
        Client.SendAsync("PUT", $"/files/{hash}", new ByteArrayContent(bytes), fields);
}
