using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Reports that come whole, broken and strange.</summary>
[EngineNeutral]
public sealed class TaskReportStories(string engine) : DaemonFixture(engine, "--max-upload", "1MB", "--durability", "none")
{
    private const string Report = "/xyz/api/cleaner/tasks/report";
    private const string Reports = "/xyz/api/cleaner/tasks/reports";
    private const string Boundary = "limit";

    [Test]
    public async Task A_report_is_a_blob_and_a_line_in_the_list_and_newer_ones_come_first()
    {
        var (raw, form) = (Sample.Random(100_000), Sample.Random(300));
        var before = DateTimeOffset.UtcNow;

        using var first = await Client.SendAsync("POST", $"{Report}?id=2", new ByteArrayContent(raw.Bytes), ("Content-Type", "application/x-Report; a=b"));
        using var second = await SendFormAsync(Part(form.Bytes, "name=\"f\"; filename=\"r.txt\"\r\nContent-Type: text/plain"));

        (await first.TextAsync()).Should().Be($$"""{"id":2,"name":"disinfect","status":"PASSED","file_hash":"{{raw.Hash}}"}""");
        (await second.TextAsync()).Should().Be($$"""{"id":1,"name":"vuln scan","status":"PASSED","file_hash":"{{form.Hash}}"}""");
        Store.Read(raw.Hash).Should().Equal(raw.Bytes);
        var listed = (await Client.GetJsonAsync($"{Reports}?limit=2")).GetProperty("reports");
        Without(listed[0], "received").Should().Be(
            $$"""{"id":1,"name":"vuln scan","file_name":"r.txt","content_type":"text/plain","size":300,"file_hash":"{{form.Hash}}","status":"PASSED","errors":[]}""");
        Without(listed[1], "received").Should().Be(
            $$"""{"id":2,"name":"disinfect","file_name":null,"content_type":"application/x-Report; a=b","size":100000,"file_hash":"{{raw.Hash}}","status":"PASSED","errors":[]}""");
        var received = DateTimeOffset.ParseExact(listed[1].Text("received"), "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        received.Should().BeCloseTo(before, TimeSpan.FromSeconds(20));
    }

    [Test]
    public async Task The_same_report_twice_is_one_blob_and_two_lines()
    {
        var report = Sample.Random(100);
        var before = await TotalAsync();

        foreach (var id in (int[])[1, 2])
            (await Client.PostAsync($"{Report}?id={id}", new ByteArrayContent(report.Bytes))).Status().Should().Be(200);

        (await TotalAsync()).Should().Be(before + 2);
    }

    [Test]
    public async Task An_empty_report_is_one_like_any_other()
    {
        using var form = await SendFormAsync(Part([], "name=\"f\"; filename=\"empty\""));
        using var chunked = await Client.PostAsync(Report, Responses.Chunked([]));

        foreach (var answer in (HttpResponseMessage[])[form, chunked])
            (await answer.TextAsync()).Should().Be($$"""{"id":1,"name":"vuln scan","status":"PASSED","file_hash":"{{Sample.Of("").Hash}}"}""");
    }

    [Test]
    public async Task A_malformed_report_is_refused_and_leaves_nothing()
    {
        var before = await TotalAsync();
        var (a, b) = (Sample.Random(100), Sample.Random(100_000));

        using var nothing = await Client.PostAsync(Report, null);
        using var several = await SendFormAsync(Part(a.Bytes, "name=\"f\"; filename=\"a\""), Part(b.Bytes, "name=\"g\"; filename=\"b\""));
        using var fields = await SendFormAsync(Part(a.Bytes, "name=\"f\""));
        using var empty = await SendFormAsync();
        using var unnamed = await SendFormAsync(Part([], "name=\"f\"; filename=\"\""));
        using var boundless = await Client.SendAsync("POST", Report, new ByteArrayContent(a.Bytes), ("Content-Type", "multipart/form-data"));
        using var wrong = await Client.SendAsync("POST", Report, new ByteArrayContent(a.Bytes), ("Content-Digest", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"));

        foreach (var answer in (HttpResponseMessage[])[nothing, several, fields, empty, unnamed, boundless, wrong])
            await answer.ShouldBeProblemAsync(400);
        (await TotalAsync()).Should().Be(before);
        Store.Has(a.Hash).Should().BeFalse();
        Store.Has(b.Hash).Should().BeFalse();
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [TestCase("Content-Length: 200", "half of it")]
    [TestCase("Transfer-Encoding: chunked", "ff\r\nhalf of it")]
    [TestCase($"Content-Length: 200\r\nContent-Type: multipart/form-data; boundary={Boundary}", $"--{Boundary}\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nhalf of it")]
    public async Task A_report_that_is_cut_leaves_nothing(string fields, string body)
    {
        var before = await TotalAsync();
        using (var socket = Daemon.Connect())
        {
            socket.SendText($"POST {Report} HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n{body}");
            (await Eventually.HoldsAsync(() => Store.Incoming.Length > 0)).Should().BeTrue();
            socket.Shutdown(SocketShutdown.Send);
            socket.ReadAnswer()?.ShouldBeProblem(400);
        }

        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
        (await TotalAsync()).Should().Be(before);
    }

    [TestCase("?id=77", 404)]
    [TestCase("?id=x", 400)]
    [TestCase("", 413)]
    public void A_report_is_refused_before_its_body_comes(string query, int status)
    {
        using var socket = Daemon.Connect();
        socket.SendText($"POST {Report}{query} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000001\r\n\r\n");

        socket.ReadAnswer().ShouldBeProblem(status);
    }

    [Test]
    public async Task A_form_with_a_file_too_long_is_refused()
    {
        using var answer = await SendFormAsync(Part(new byte[1_000_001], "name=\"f\"; filename=\"x\""));

        await answer.ShouldBeProblemAsync(413);
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [TestCase("filename=\"отчёт за май 😀.pdf\"", "отчёт за май 😀.pdf")]
    [TestCase("filename=\"x\"; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.pdf", "отчёт.pdf")]
    [TestCase("filename=\"../../etc/passwd\"", "passwd")]
    [TestCase("filename=\"C:\\\\reports\\\\r.pdf\"", "r.pdf")]
    [TestCase("filename=\"<script>alert(1)</script>.html\"", "script>.html")]
    [TestCase("filename=\"..\"", "..")]
    [TestCase("filename*=UTF-8''a%00b", null)]
    [TestCase("filename*=UTF-8''a%0D%0AX-Evil:%201", null)]
    public async Task A_report_may_have_any_file_name_without_control_characters(string parameter, string? name)
    {
        var before = await TotalAsync();

        using var answer = await SendFormAsync(Part(Sample.Random(10).Bytes, $"name=\"f\"; {parameter}"));

        if (name is null)
        {
            await answer.ShouldBeProblemAsync(400);
            (await TotalAsync()).Should().Be(before);
            return;
        }

        answer.Status().Should().Be(200);
        (await Client.GetJsonAsync($"{Reports}?limit=1")).GetProperty("reports")[0].Text("file_name").Should().Be(name);
    }

    [Test]
    public async Task A_long_name_is_cut_in_the_list_and_a_name_in_Latin_1_is_read()
    {
        using var endless = await SendFormAsync(Part([1], $"name=\"f\"; filename=\"{new string('я', 4000)}\""));
        using var latin = await SendFormAsync([.. Encoding.Latin1.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=f; filename=\"caf\u00e9\"\r\n\r\n1\r\n")]);
        using var tooLong = await SendFormAsync(Part([1], $"name=\"f\"; filename=\"{new string('x', 200_000)}\""));

        await tooLong.ShouldBeProblemAsync(400);
        var listed = (await Client.GetJsonAsync($"{Reports}?limit=2")).GetProperty("reports");
        listed[0].Text("file_name").Should().Be("caf\u00e9");
        listed[1].Text("file_name").Should().Be(new string('я', 1000));
    }

    [TestCase("?limit=0")]
    [TestCase("?limit=1001")]
    [TestCase("?limit=x")]
    [TestCase("?limit=1&limit=1")]
    [TestCase("?offset=-1")]
    [TestCase("?offset=99999999999999999999")]
    [TestCase("?id=1")]
    public async Task A_faulty_page_is_refused(string query) => await (await Client.GetAsync($"{Reports}{query}")).ShouldBeProblemAsync(400);

    [Test]
    public async Task Pages_of_many_that_come_at_once_make_the_whole()
    {
        await Task.WhenAll(Enumerable.Range(0, 150).Select(i => Client.PostAsync($"{Report}?id={1 + (i % 2)}", new ByteArrayContent(Bytes.Of($"{Guid.NewGuid()}")))));
        var total = await TotalAsync();
        var paged = new List<string>();
        for (var offset = 0; offset < total; offset += 40)
            paged.AddRange(await HashesAsync($"?limit=40&offset={offset}"));

        paged.Should().Equal(await HashesAsync("?limit=1000")).And.HaveCount(total);
        (await HashesAsync("")).Should().HaveCount(100, "that is the default");
        (await HashesAsync($"?offset={total}")).Should().BeEmpty();
    }

    private static byte[] Part(ReadOnlySpan<byte> content, string disposition) =>
        [.. Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"), .. content, .. "\r\n"u8];

    private Task<HttpResponseMessage> SendFormAsync(params byte[][] parts) => Client.SendAsync("POST", Report,
        new ByteArrayContent([.. parts.SelectMany(part => part), .. Encoding.ASCII.GetBytes($"--{Boundary}--\r\n")]), ("Content-Type", $"multipart/form-data; boundary={Boundary}"));

    private async Task<int> TotalAsync() => (await Client.GetJsonAsync($"{Reports}?limit=1")).GetProperty("total").GetInt32();

    private async Task<IEnumerable<string>> HashesAsync(string query) =>
        (await Client.GetJsonAsync(Reports + query)).GetProperty("reports").EnumerateArray().Select(report => report.Text("file_hash"));

    private static string Without(JsonElement json, string member) =>
        json.GetRawText().Replace($"\"{member}\":{json.GetProperty(member).GetRawText()},", "", StringComparison.Ordinal);
}
