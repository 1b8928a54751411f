using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
[Category("Quick")]
public sealed class ExportListStories(string engine) : ExportFixture(engine, "--export", "two=dir_1")
{
    [Test]
    public async Task An_empty_directory_is_an_empty_list()
    {
        using var answer = await Client.GetAsync("/list?dir=dir_1");

        answer.Status().Should().Be(200);
        answer.Field("Content-Type").Should().Be("application/json; charset=utf-8");
        answer.Field("Cache-Control").Should().Be("no-store");
        (await answer.TextAsync()).Should().Be("[]");
    }

    [Test]
    public async Task Files_are_listed_by_name_with_their_sizes()
    {
        Write("db-log-02.txt", "two");
        WriteSparse("db-log-01.txt", 5L << 30);
        Write("отчёт \"за\" май 😀.txt");
        Write(".hidden");
        Directory.CreateDirectory(this["folder"]);

        (await Client.GetStringAsync("/list?dir=dir_1")).Should().Be(
            """[{"name":"db-log-01.txt","size":5368709120},{"name":"db-log-02.txt","size":3},{"name":"отчёт \"за\" май 😀.txt","size":0}]""");
        (await Client.GetStringAsync("/list?dir=two")).Should().Be(await Client.GetStringAsync("/list?dir=dir_1"));
    }

    [TestCase("", "a.log", "a.txt", "b.txt", "я.txt")]
    [TestCase("&prefix=a", "a.log", "a.txt")]
    [TestCase("&suffix=.txt", "a.txt", "b.txt", "я.txt")]
    [TestCase("&prefix=a&suffix=.txt", "a.txt")]
    [TestCase("&prefix=*", "a.log", "a.txt", "b.txt", "я.txt")]
    [TestCase("&prefix=*&suffix=.log", "a.log")]
    [TestCase("&prefix=&suffix=.log", "a.log")]
    [TestCase("&prefix=&suffix=", "a.log", "a.txt", "b.txt", "я.txt")]
    [TestCase("&prefix=%d1%8f", "я.txt")]
    [TestCase("&prefix=A")]
    [TestCase("&prefix=x")]
    [TestCase("&prefix=.")]
    [TestCase("&suffix=%00")]
    [TestCase("&prefix=../")]
    public async Task Beginning_and_end_choose(string query, params string[] names)
    {
        foreach (var name in (string[])["a.log", "a.txt", "b.txt", "я.txt", ".a.txt"])
            Write(name);

        (await ListAsync(query)).Should().Equal(names);
    }

    [TestCase(400, "/list")]
    [TestCase(400, "/list?dir=")]
    [TestCase(400, "/list?DIR=dir_1")]
    [TestCase(404, "/list?dir=unknown")]
    [TestCase(404, "/list?dir=DIR_1")]
    [TestCase(404, "/list?dir=dir_1/")]
    [TestCase(404, "/list?dir=./dir_1")]
    [TestCase(404, "/list?dir=.")]
    [TestCase(404, "/list?dir=/")]
    [TestCase(404, "/list?dir=store")]
    [TestCase(404, "/list?dir=%00")]
    [TestCase(404, "/list/dir_1")]
    public async Task A_list_request_without_a_known_directory_is_refused(int status, string path)
    {
        using var answer = await Client.GetAsync(path);

        await answer.ShouldBeProblemAsync(status);
    }

    [Test]
    public async Task HEAD_is_the_same_without_the_list()
    {
        Write("a");
        using var get = await Client.GetAsync("/list?dir=dir_1");
        using var head = await Client.SendAsync("HEAD", "/list?dir=dir_1");

        head.LastingFields().Should().Equal(get.LastingFields());
        (await head.TextAsync()).Should().BeEmpty();
    }

    [TestCase("POST", "/list", "GET, HEAD, OPTIONS")]
    [TestCase("DELETE", "/get", "GET, HEAD, OPTIONS")]
    [TestCase("POST", "/tar", "GET, HEAD, OPTIONS")]
    [TestCase("PUT", "/delete", "DELETE, GET, HEAD, OPTIONS, POST")]
    [TestCase("POST", "/favicon.ico", "GET, HEAD, OPTIONS")]
    public async Task A_method_that_is_not_served_is_a_405_with_the_allowed_ones(string method, string path, string allow)
    {
        using var answer = await Client.SendAsync(method, $"{path}?dir=dir_1&name=a");

        (await answer.ShouldBeProblemAsync(405)).Field("Allow").Should().Be(allow);
    }

    [Test]
    public async Task A_directory_that_is_gone_is_back_when_it_is_back()
    {
        Write("a", "before");
        Directory.Delete(Export, recursive: true);

        foreach (var path in (string[])["/list?dir=dir_1", "/get?dir=dir_1&name=a", "/delete?dir=dir_1&name=a", "/delete?dir=dir_1&prefix=*", Tar("a", 1)])
        {
            using var answer = await Client.GetAsync(path);
            await answer.ShouldBeProblemAsync(503);
            (await answer.TextAsync()).Should().NotContain(Export);
        }

        Directory.CreateDirectory(Export);
        Write("a", "after");
        (await Client.GetStringAsync("/get?dir=dir_1&name=a")).Should().Be("after");
    }

    [Test]
    public async Task A_thousand_files_are_listed()
    {
        foreach (var i in Enumerable.Range(0, 1000))
            Write($"{i:d4}");

        (await ListAsync()).Should().Equal(Enumerable.Range(0, 1000).Select(i => $"{i:d4}"));
    }

    [Test]
    public async Task The_icon_is_an_icon()
    {
        using var answer = await Client.GetAsync("/favicon.ico");

        answer.Status().Should().Be(200);
        answer.Field("Content-Type").Should().Be("image/vnd.microsoft.icon");
        answer.Field("Cache-Control").Should().Be("public, max-age=86400");
        (await answer.Content.ReadAsByteArrayAsync()).Should().StartWith((byte[])[0, 0, 1, 0]);
    }
}
