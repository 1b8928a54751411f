using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

public sealed class UploadLimitStories(string engine) : DaemonFixture(engine, "--max-upload", "1MB")
{
    private const int Limit = 1_000_000;

    [Test]
    public async Task Exactly_the_limit_is_stored()
    {
        var (raw, chunked, put) = (Sample.Random(Limit), Sample.Random(Limit), Sample.Random(Limit));

        (await StoreAsync(raw.Bytes)).Should().Be(raw.Hash);
        using var inChunks = await Client.SendAsync("POST", "/", Responses.Chunked(chunked.Bytes));
        using var byPut = await Client.PutAsync($"/files/{put.Hash}", new ByteArrayContent(put.Bytes));

        (await inChunks.TextAsync()).Should().Be(chunked.Hash);
        byPut.Status().Should().Be(201);
    }

    [TestCase("POST /")]
    [TestCase("POST /files")]
    [TestCase("PUT /files/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void One_byte_more_is_refused_before_any_byte_came(string line)
    {
        using var socket = Daemon.Connect();
        socket.SendText($"{line} HTTP/1.1\r\nHost: h\r\nContent-Length: {Limit + 1}\r\n\r\n");

        socket.ReadAnswer().ShouldBeProblem(413).Text.Should().Contain($"{Limit}", "the client has to know the limit");
    }

    [Test]
    public async Task A_chunked_body_is_refused_as_soon_as_it_is_too_long()
    {
        var file = Sample.Random(Limit + 300_000);
        using var socket = Daemon.Connect();
        socket.SendText($"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{file.Bytes.Length:x}\r\n");
        socket.SendAll(file.Bytes); // the end of the chunk and the last chunk never come

        socket.ReadAnswer().ShouldBeProblem(413);
        Store.Has(file.Hash).Should().BeFalse();
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task In_a_form_the_limit_is_that_of_each_file()
    {
        var (a, b) = (Sample.Random(Limit), Sample.Random(Limit));

        using var answer = await PostFormAsync(a, b);

        (await answer.TextAsync()).Should().Be($"{a.Hash}\n{b.Hash}");
    }

    [Test]
    public async Task A_form_with_one_file_too_long_is_refused_whole()
    {
        var (fits, tooLong) = (Sample.Random(10), Sample.Random(Limit + 1));

        using var answer = await PostFormAsync(fits, tooLong);

        await answer.ShouldBeProblemAsync(413);
        Store.Has(fits.Hash).Should().BeFalse();
        Store.Has(tooLong.Hash).Should().BeFalse();
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    private Task<HttpResponseMessage> PostFormAsync(params Sample[] files)
    {
        byte[] body =
        [
            .. files.SelectMany(file => (byte[])[.. Encoding.ASCII.GetBytes("--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n"), .. file.Bytes, .. "\r\n"u8]),
            .. "--b--\r\n"u8,
        ];
        return Client.SendAsync("POST", "/", new ByteArrayContent(body), ("Content-Type", "multipart/form-data; boundary=b"));
    }
}
