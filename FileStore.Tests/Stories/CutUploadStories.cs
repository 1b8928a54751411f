using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

public sealed class CutUploadStories(string engine) : DaemonFixture(engine)
{
    private const string Chunked = "Transfer-Encoding: chunked\r\n\r\n";
    private const string File1 = "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nfirst file";
    private const string File2 = "\r\n--b\r\nContent-Disposition: form-data; name=f; filename=y\r\n\r\nsecond file";

    private int _openFilesAtRest;

    public enum Ending
    {
        /// <summary>The client sends no more, and waits for an answer.</summary>
        HalfClose,

        /// <summary>The client's connection is reset.</summary>
        Reset,

        /// <summary>The client goes on to listen: all that was announced has come, or it is plainly wrong.</summary>
        Wait,
    }

    private static IEnumerable<TestCaseData> Cuts()
    {
        foreach (var line in (string[])["POST /", "POST /files", $"PUT /files/{Sample.Of("hello").Hash}"])
        {
            yield return Cut(line, "Content-Length: 10\r\n\r\nhello", Ending.HalfClose);
            yield return Cut(line, "Content-Length: 10\r\n\r\nhello", Ending.Reset);
            yield return Cut(line, $"{Chunked}a\r\nhello", Ending.HalfClose);
        }

        yield return Cut("POST /", "Content-Length: 10\r\n\r\n", Ending.HalfClose);
        yield return Cut("POST /", "Content-Length: 4000000\r\n\r\n" + new string('x', 3_000_000), Ending.HalfClose);
        yield return Cut("POST /", "Content-Length: 4000000\r\n\r\n" + new string('x', 3_000_000), Ending.Reset);

        foreach (var ending in (Ending[])[Ending.HalfClose, Ending.Reset])
        {
            yield return Cut("POST /", Chunked, ending);
            yield return Cut("POST /", $"{Chunked}5", ending);
            yield return Cut("POST /", $"{Chunked}5\r\nhel", ending);
            yield return Cut("POST /", $"{Chunked}5\r\nhello", ending);
            yield return Cut("POST /", $"{Chunked}5\r\nhello\r\n", ending);
            yield return Cut("POST /", $"{Chunked}5\r\nhello\r\n1", ending);
            yield return Cut("POST /", $"{Chunked}5\r\nhello\r\n1\r", ending);
            yield return Cut("POST /", $"{Chunked}5\r\nhello\r\n0", ending);
            yield return Cut("POST /", $"{Chunked}5\r\nhello\r\n0\r\n", ending);
            yield return Cut("POST /", $"{Chunked}5\r\nhello\r\n0\r\n\r", ending);
            yield return Cut("POST /", $"{Chunked}5\r\nhello\r\n0\r\nX-Trailer: cut", ending);
            yield return Cut("POST /", $"{Chunked}2dc6c0\r\n{new string('x', 2_000_000)}", ending);
            yield return Cut("POST /", Form(File1 + File2, announced: 10_000), ending);
            yield return Cut("POST /", Form(File1, announced: 10_000), ending);
        }

        foreach (var size in (string[])["zz", "-5", "0x5", "FFFFFFFFFFFFFFFFF", "7FFFFFFFFFFFFFFF1", "", " ", ";"])
            yield return Cut("POST /", $"{Chunked}{size}\r\nhello\r\n0\r\n\r\n", Ending.Wait);
        yield return Cut("POST /", $"{Chunked}5\r\nhelloX\r\n0\r\n\r\n", Ending.Wait);
        yield return Cut("POST /", $"{Chunked}5\r\nhello0\r\n\r\n", Ending.Wait);

        foreach (var form in (string[])
        [
            File1, File1 + "\r\n", File1 + "\r\n--", File1 + "\r\n--b", File1 + "\r\n--b-", File1 + "\r\n--b\r\n", File1 + "\n--b--",
            File1 + File2, File1 + File2 + "\r\n--b", File1 + "\r\n--b\r\nContent-Disposition: form-data; name=f; filename=y\r\n",
            File1 + "\r\n--b\r\nContent-Disposition: form-da", File1 + "\r\n--b\r\nContent-Disposition: form-data; name=text\r\n\r\nfield",
        ])
            yield return Cut("POST /", Form(form, form.Length), Ending.Wait);
    }

    [OneTimeSetUp]
    public async Task CountOpenFilesAtRest()
    {
        await StoreAsync([1]);
        Daemon.Ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")!.Status.Should().Be(200);
        await Task.Delay(200); // its connection closes within that
        _openFilesAtRest = ProcessUse.OpenFiles(Daemon.Pid);
    }

    [TestCaseSource(nameof(Cuts))]
    public async Task A_cut_upload_stores_nothing(string request, Ending ending)
    {
        var before = Store.Blobs;
        using (var socket = Daemon.Connect())
        {
            socket.SendText(request);
            if (ending == Ending.Reset)
            {
                await Eventually.HoldsAsync(() => Store.Incoming.Length > 0, seconds: 0.3); // it may also be reset before that
                socket.Reset();
            }
            else
            {
                if (ending == Ending.HalfClose)
                    socket.Shutdown(SocketShutdown.Send);
                socket.ReadAnswer(timeoutSeconds: 10).ShouldBeProblem(400);
            }
        }

        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
        (await Eventually.HoldsAsync(() => ProcessUse.OpenFiles(Daemon.Pid) <= _openFilesAtRest)).Should().BeTrue("its files and its socket are closed");
        Store.Blobs.Should().BeEquivalentTo(before);
        using var health = await Client.GetAsync("/healthz");
        health.Status().Should().Be(200);
    }

    private static IEnumerable<TestCaseData> WholeUploads()
    {
        yield return Whole("Content-Length: 10\r\n\r\nfirst file");
        yield return Whole($"{Chunked}5\r\nfirst\r\n5\r\n file\r\n0\r\n\r\n");
        yield return Whole($"{Chunked}a\r\nfirst file\r\n0\r\nX-Trailer: yes\r\n\r\n");
        yield return Whole(Form(File1 + "\r\n--b--\r\n", (File1 + "\r\n--b--\r\n").Length));
        yield return Whole(Form(File1 + "\r\n--b--", (File1 + "\r\n--b--").Length));
    }

    [TestCaseSource(nameof(WholeUploads))]
    public void A_client_that_sent_all_and_closed_its_side_is_answered(string request)
    {
        using var socket = Daemon.Connect();
        socket.SendText(request);
        socket.Shutdown(SocketShutdown.Send);

        var answer = socket.ReadAnswer();

        answer!.Status.Should().Be(200);
        answer.Text.Should().Be(Sample.Of("first file").Hash);
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    private static TestCaseData Cut(string line, string rest, Ending ending) =>
        new($"{line} HTTP/1.1\r\nHost: h\r\n{rest}", ending) { TestName = $"A_cut_upload_stores_nothing({ending}: {Shown(line + " " + rest)})" };

    private static TestCaseData Whole(string rest) =>
        new($"POST / HTTP/1.1\r\nHost: h\r\n{rest}") { TestName = $"A_client_that_sent_all_and_closed_its_side_is_answered({Shown(rest)})" };

    private static string Form(string body, int announced) =>
        $"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {announced}\r\n\r\n{body}";

    private static string Shown(string text)
    {
        var shown = text.ReplaceLineEndings(" ").Replace("Content-Disposition", "C-D").Replace("Content-Type: multipart/form-data; boundary=b ", "form ");
        return shown.Length < 160 ? shown : $"{shown[..160]}… {text.Length} bytes";
    }
}
