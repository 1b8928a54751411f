using System.Security.Cryptography;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[NonParallelizable]
public sealed class StreamingStories(string engine) : DaemonFixture(engine, "--durability", "none") // what is measured is memory, not the disk
{
    private const int Piece = 1 << 20;

    [TestCase(192)]
    [TestCase(1024, Category = "Long")]
    public async Task Memory_does_not_grow_with_the_file(int megabytes)
    {
        for (var i = 0; i < 3; i++) // what the daemon needs once, it has then
            await Client.GetByteArrayAsync($"/files/{await StoreAsync(Sample.Random(2 * Piece).Bytes)}");
        var before = ProcessUse.Memory(Daemon.Pid);
        var most = before;
        var pieces = Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetBytes(Piece)).ToArray();
        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var up = Daemon.Connect();
        up.SendText($"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {(long)megabytes * Piece}\r\n\r\n");
        for (var i = 0; i < megabytes; i++)
        {
            up.SendAll(pieces[i % 4]);
            sent.AppendData(pieces[i % 4]);
            most = Math.Max(most, ProcessUse.Memory(Daemon.Pid));
        }

        var hash = Convert.ToHexStringLower(sent.GetHashAndReset());
        up.ReadAnswer(timeoutSeconds: 60)!.Text.Should().Be(hash);

        using var answer = await Client.GetAsync($"/files/{hash}", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        using var got = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Piece];
        int count;
        while ((count = await body.ReadAsync(buffer)) > 0)
        {
            got.AppendData(buffer, 0, count);
            most = Math.Max(most, ProcessUse.Memory(Daemon.Pid));
        }

        Convert.ToHexStringLower(got.GetHashAndReset()).Should().Be(hash);
        (most - before).Should().BeLessThan(60 << 20);
        using var deleted = await Client.DeleteAsync($"/files/{hash}");
        deleted.Status().Should().Be(200);
    }

    [Test]
    public async Task Memory_does_not_grow_with_a_file_in_a_form_or_in_chunks()
    {
        const int megabytes = 100;
        await StoreAsync(Sample.Random(2 * Piece).Bytes);
        var before = ProcessUse.Memory(Daemon.Pid);
        var most = before;
        var piece = new byte[Piece];

        using (var chunked = Daemon.Connect())
        {
            chunked.SendText("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < megabytes; i++)
            {
                chunked.SendText($"{Piece:x}\r\n");
                chunked.SendAll(piece);
                chunked.SendText("\r\n");
                most = Math.Max(most, ProcessUse.Memory(Daemon.Pid));
            }

            chunked.SendText("0\r\n\r\n");
            chunked.ReadAnswer()!.Status.Should().Be(200);
        }

        using (var form = Daemon.Connect())
        {
            const string head = "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n";
            const string tail = "\r\n--b--\r\n";
            form.SendText($"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {head.Length + (megabytes * (long)Piece) + tail.Length}\r\n\r\n{head}");
            for (var i = 0; i < megabytes; i++)
            {
                form.SendAll(piece);
                most = Math.Max(most, ProcessUse.Memory(Daemon.Pid));
            }

            form.SendText(tail);
            form.ReadAnswer()!.Status.Should().Be(200);
        }

        (most - before).Should().BeLessThan(60 << 20);
    }
}
