using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
public sealed class ExportDeleteStories(string engine) : ExportFixture(engine)
{
    private static readonly string[] Files = ["a.log", "a.txt", "b.txt", "*", "отчёт.txt"];

    [TestCase("GET")]
    [TestCase("POST")]
    [TestCase("DELETE")]
    public async Task A_deleted_file_is_gone(string method)
    {
        MakeFiles();

        using var answer = await Client.SendAsync(method, PathOf("delete", "отчёт.txt"));
        using var again = await Client.SendAsync(method, PathOf("delete", "отчёт.txt"));

        answer.Status().Should().Be(200);
        answer.Field("Content-Type").Should().Be("text/plain; charset=utf-8");
        (await answer.TextAsync()).Should().Be("deleted 1 file");
        await again.ShouldBeProblemAsync(404);
        Names().Should().BeEquivalentTo(Files.Except(["отчёт.txt"]));
    }

    [TestCase("prefix=a", 2)]
    [TestCase("suffix=.txt", 3)]
    [TestCase("prefix=a&suffix=.txt", 1)]
    [TestCase("prefix=*", 5)]
    [TestCase("suffix=*", 5)]
    [TestCase("prefix=*&suffix=*", 5)]
    [TestCase("prefix=*&suffix=.log", 1)]
    [TestCase("prefix=A", 0)]
    [TestCase("prefix=x", 0)]
    [TestCase("prefix=.", 0)]
    [TestCase("prefix=../", 0)]
    public async Task Files_are_deleted_by_beginning_and_end(string query, int count)
    {
        MakeFiles();
        Write(".hidden.txt");

        (await Client.GetStringAsync($"/delete?dir=dir_1&{query}")).Should().Be(count == 1 ? "deleted 1 file" : $"deleted {count} files");

        Names().Should().HaveCount(Files.Length + 1 - count).And.Contain(".hidden.txt");
    }

    [TestCase("prefix=a&sufix=.nothing", "'sufix' is not known; dir, name, prefix and suffix are")]
    [TestCase("prefix=a&prefix=b", "prefix is given twice")]
    [TestCase("name=a.txt&name=b.txt", "name is given twice")]
    [TestCase("name=a.txt&Prefix=b", "'Prefix' is not known")]
    [TestCase("name=a.txt&dir=dir_1", "dir is given twice")]
    [TestCase("prefix=a*", "in the parameter prefix, * stands alone")]
    [TestCase("prefix=**", "in the parameter prefix, * stands alone")]
    [TestCase("prefix=*&suffix=*.txt", "in the parameter suffix, * stands alone")]
    [TestCase("prefix=&suffix=.log", "the parameter prefix is empty")]
    [TestCase("prefix=a&suffix=", "the parameter suffix is empty")]
    [TestCase("suffix&prefix=a", "the parameter suffix is empty")]
    [TestCase("name=&prefix=a", "the parameter name is empty")]
    [TestCase("name=a.txt&prefix=", "* stands for any")]
    [TestCase("name=a.txt&suffix=", "* stands for any")]
    [TestCase("prefix=&suffix=", "* stands for any")]
    public async Task A_delete_request_with_a_wrong_parameter_deletes_nothing(string query, string words)
    {
        MakeFiles();

        foreach (var method in (string[])["GET", "POST", "DELETE", "HEAD"])
        {
            using var answer = await Client.SendAsync(method, $"/delete?dir=dir_1&{query}");
            answer.Status().Should().Be(400);
            if (method != "HEAD")
                (await answer.TextAsync()).Should().Contain(words);
        }

        Names().Should().BeEquivalentTo(Files);
    }

    [TestCase("POST")]
    [TestCase("DELETE")]
    public async Task A_delete_request_with_a_body_is_refused(string method)
    {
        MakeFiles();

        using var answer = await Client.SendAsync(method, "/delete?dir=dir_1&prefix=a", new StringContent("suffix=.txt"), ("Content-Type", "application/x-www-form-urlencoded"));

        await answer.ShouldBeProblemAsync(400);
        Names().Should().BeEquivalentTo(Files);
    }

    [Test]
    public async Task A_star_as_a_name_is_that_name()
    {
        MakeFiles();

        (await Client.GetStringAsync("/delete?dir=dir_1&name=*")).Should().Be("deleted 1 file");

        Names().Should().BeEquivalentTo(Files.Except(["*"]));
    }

    [TestCase(400, "/delete")]
    [TestCase(400, "/delete?name=a.txt")]
    [TestCase(400, "/delete?dir=dir_1")]
    [TestCase(400, "/delete?dir=dir_1&name=")]
    [TestCase(400, "/delete?dir=dir_1&prefix=&suffix=")]
    [TestCase(400, "/delete?dir=dir_1&name=a.txt&prefix=a")]
    [TestCase(400, "/delete?dir=dir_1&name=a.txt&suffix=*")]
    [TestCase(404, "/delete?dir=unknown&name=a.txt")]
    [TestCase(404, "/delete?dir=unknown&prefix=*")]
    [TestCase(404, "/delete?dir=dir_1&name=A.txt")]
    [TestCase(404, "/delete?dir=dir_1&name=.")]
    [TestCase(404, "/delete?dir=dir_1&name=../dir_1/a.txt")]
    [TestCase(404, "/delete?dir=dir_1&name=a.txt%00")]
    [TestCase(404, "/delete?dir=dir_1&name=folder")]
    public async Task A_delete_request_with_a_missing_ambiguous_or_unknown_name_is_refused(int status, string path)
    {
        MakeFiles();
        Directory.CreateDirectory(this["folder"]);

        foreach (var method in (string[])["GET", "POST", "DELETE"])
        {
            using var answer = await Client.SendAsync(method, path);
            await answer.ShouldBeProblemAsync(status);
        }

        Names().Should().BeEquivalentTo([.. Files, "folder"]);
    }

    [Test]
    public async Task HEAD_only_looks()
    {
        MakeFiles();
        foreach (var (status, query) in ((int, string)[])[(200, "name=a.txt"), (200, "prefix=*"), (404, "name=x"), (400, "x=y")])
        {
            using var answer = await Client.SendAsync("HEAD", $"/delete?dir=dir_1&{query}");
            answer.Status().Should().Be(status);
        }

        Names().Should().BeEquivalentTo(Files);
    }

    [TestCase("Sec-Fetch-Site: cross-site")]
    [TestCase("Sec-Fetch-Site: same-site")]
    [TestCase("Origin: http://evil.example")]
    [TestCase("Origin: null")]
    [TestCase("Referer: http://evil.example/page")]
    public void A_page_of_another_site_deletes_and_archives_nothing(string field)
    {
        MakeFiles();
        using var trap = Trap.Answering(200);
        foreach (var target in (string[])["GET /delete?dir=dir_1&prefix=*", "POST /delete?dir=dir_1&name=a.txt", "DELETE /delete?dir=dir_1&name=a.txt", "GET " + Tar("a.txt", trap.Port)])
            Daemon.Ask($"{target} HTTP/1.1\r\nHost: localhost\r\n{field}\r\nContent-Length: 0\r\n\r\n").ShouldBeProblem(403);

        Names().Should().BeEquivalentTo(Files);
        trap.Connections.Should().Be(0);
        Daemon.Ask($"GET /list?dir=dir_1 HTTP/1.1\r\nHost: localhost\r\n{field}\r\n\r\n")!.Status.Should().Be(200, "reading is no deed");
    }

    [Test]
    public async Task A_file_that_is_downloaded_may_be_deleted()
    {
        var content = WriteRandom("big.bin", 24 << 20); // more than the kernel's buffers take
        using var socket = Daemon.Connect();
        socket.SendText($"GET {PathOf("get", "big.bin")} HTTP/1.1\r\nHost: h\r\n\r\n");
        Eventually.Until(() => socket.Available > 0, "the download runs");

        (await Client.GetStringAsync(PathOf("delete", "big.bin"))).Should().Be("deleted 1 file");

        socket.ReadAnswer()!.Body.Should().Equal(content);
        using var after = await Client.GetAsync(PathOf("get", "big.bin"));
        await after.ShouldBeProblemAsync(404);
    }

    [Test]
    public async Task Many_deletions_of_one_file_at_once_delete_it_once()
    {
        Write("a");

        var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var answer = await Client.GetAsync(PathOf("delete", "a"));
            return answer.Status();
        }));

        statuses.Where(status => status == 200).Should().ContainSingle();
        statuses.Should().OnlyContain(status => status == 200 || status == 404);
    }

    [Test, NeedsRoot]
    public async Task A_read_only_export_keeps_its_files_and_takes_no_archive()
    {
        MakeFiles();
        using var mount = new BindMount(Export, Export, readOnly: true);

        foreach (var query in (string[])["name=a.txt", "prefix=*"])
        {
            using var answer = await Client.GetAsync($"/delete?dir=dir_1&{query}");
            await answer.ShouldBeProblemAsync(403);
            (await answer.TextAsync()).Should().Contain("Read-only").And.NotContain(Export);
        }

        using var trap = Trap.Answering(200);
        (await Client.GetStringAsync(Tar("a.txt", trap.Port))).Should().Be("working ...");
        Eventually.Until(() => Daemon.LogText.Contains("tar dir_1/a.tgz failed"), "the log tells");
        Daemon.LogText.Should().NotContain("   at ");
        trap.Connections.Should().Be(0, "nothing was done that could be told");
        Names().Should().BeEquivalentTo(Files);
    }

    private void MakeFiles()
    {
        foreach (var name in Files)
            Write(name, name);
    }
}
