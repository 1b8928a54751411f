using System.Net.Http.Headers;
using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Names that point at files. Each test has a folder of its own.</summary>
[EngineNeutral]
public sealed class NameStories(string engine) : DaemonFixture(engine)
{
    private string _folder;

    [SetUp]
    public void NewFolder() => _folder = $"t{TestContext.CurrentContext.Test.ID}";

    [Test]
    public async Task A_file_is_stored_under_a_name_and_replaced()
    {
        var (first, second) = (Sample.Random(70_000), Sample.Random(10));

        using var created = await PutAsync("reports/2026/Отчёт.pdf", first.Bytes);
        using var same = await PutAsync("reports/2026/Отчёт.pdf", first.Bytes);
        using var replaced = await PutAsync("reports/2026/Отчёт.pdf", second.Bytes, ("Accept", "application/json"));

        created.Status().Should().Be(201);
        (await created.TextAsync()).Should().Be(first.Hash);
        created.Field("ETag").Should().Be($"\"{first.Hash}\"");
        created.Field("Location").Should().Be($"/names/{_folder}/reports/2026/{Uri.EscapeDataString("Отчёт.pdf")}");
        same.Status().Should().Be(200);
        replaced.Status().Should().Be(200);
        using var json = JsonDocument.Parse(await replaced.TextAsync());
        json.RootElement.EnumerateObject().Select(member => member.Name).Should().Equal("name", "file_hash", "size", "type", "modified", "created");
        json.RootElement.GetProperty("name").GetString().Should().Be($"{_folder}/reports/2026/Отчёт.pdf");
        json.RootElement.GetProperty("type").GetString().Should().Be("application/pdf");
        json.RootElement.GetProperty("created").GetBoolean().Should().BeFalse();
        using var read = await GetAsync("reports/2026/Отчёт.pdf");
        (await read.Content.ReadAsByteArrayAsync()).Should().Equal(second.Bytes);
    }

    [Test]
    public async Task A_named_file_is_served_with_its_type_hash_and_disposition()
    {
        var file = Sample.Random(1000);
        await PutAsync("a b/Снимок.png", file.Bytes);

        using var read = await GetAsync("a b/Снимок.png");
        using var download = await GetAsync("a b/Снимок.png?download");
        using var part = await GetAsync("a b/Снимок.png", ("Range", "bytes=10-19"));
        using var known = await GetAsync("a b/Снимок.png", ("If-None-Match", $"\"{file.Hash}\""));
        using var head = await Client.SendAsync("HEAD", Path("a b/Снимок.png"));

        read.Field("Content-Type").Should().Be("image/png");
        read.Field("Cache-Control").Should().Be("no-cache");
        read.Field("X-File-Hash").Should().Be(file.Hash);
        read.Field("ETag").Should().Be($"\"{file.Hash}\"");
        read.Field("Content-Disposition").Should().StartWith("inline").And.Contain("filename*=UTF-8''");
        read.Field("Content-Security-Policy").Should().Be("sandbox; default-src 'none'");
        download.Field("Content-Disposition").Should().StartWith("attachment");
        part.Status().Should().Be(206);
        (await part.Content.ReadAsByteArrayAsync()).Should().Equal(file.Bytes[10..20]);
        known.Status().Should().Be(304);
        head.LastingFields().Should().BeEquivalentTo(read.LastingFields());
    }

    [TestCase("a.txt", null, "text/plain; charset=utf-8", "inline")]
    [TestCase("a.html", null, "text/html; charset=utf-8", "attachment")]
    [TestCase("a.svg", null, "image/svg+xml", "attachment")]
    [TestCase("a.jpg", "application/x-www-form-urlencoded", "image/jpeg", "inline")]
    [TestCase("a.mp4", "application/octet-stream", "video/mp4", "inline")]
    [TestCase("a", "text/plain; charset=koi8-r", "text/plain; charset=koi8-r", "inline")]
    [TestCase("a", "IMAGE/SVG+XML", "IMAGE/SVG+XML", "attachment")]
    [TestCase("a.bin", "no type at all", "application/octet-stream", "attachment")]
    [TestCase("a.bin", "*/*", "application/octet-stream", "attachment")]
    public async Task The_type_is_the_clients_or_that_of_the_extension(string name, string? sent, string type, string disposition)
    {
        using var stored = await PutAsync(name, [1], sent is null ? [] : [("Content-Type", sent)]);
        using var read = await GetAsync(name);

        read.Field("Content-Type").Should().Be(type);
        read.Field("Content-Disposition").Should().StartWith(disposition);
    }

    [Test]
    public async Task A_form_that_is_put_is_stored_as_it_came()
    {
        var form = "--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nv\r\n--x--\r\n"u8.ToArray();

        using var stored = await PutAsync("form.bin", form, ("Content-Type", "multipart/form-data; boundary=x"));

        using var read = await GetAsync("form.bin");
        (await read.Content.ReadAsByteArrayAsync()).Should().Equal(form);
    }

    [Test]
    public async Task Preconditions_are_those_of_the_name()
    {
        var (file, other) = (Sample.Random(10), Sample.Random(10));

        (await PutAsync("a", file.Bytes, ("If-Match", "*"))).Status().Should().Be(412);
        (await PutAsync("a", file.Bytes, ("If-None-Match", "*"))).Status().Should().Be(201);
        await (await PutAsync("a", other.Bytes, ("If-None-Match", "*"))).ShouldBeProblemAsync(412);
        (await PutAsync("a", other.Bytes, ("If-Match", $"\"{other.Hash}\""))).Status().Should().Be(412);
        (await PutAsync("a", other.Bytes, ("If-Match", $"\"{file.Hash}\""))).Status().Should().Be(200);
        (await DeleteAsync("a", ("If-Match", $"\"{file.Hash}\""))).Status().Should().Be(412);
        (await DeleteAsync("a", ("If-Match", $"\"{other.Hash}\""))).Status().Should().Be(200);
    }

    [Test]
    public async Task Of_uploads_at_once_that_want_a_free_name_one_gets_it()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => PutAsync("race", [(byte)i], ("If-None-Match", "*"))));

        answers.Count(answer => answer.Status() == 201).Should().Be(1);
        answers.Count(answer => answer.Status() == 412).Should().Be(15);
    }

    [Test]
    public async Task A_name_is_given_to_a_file_that_is_stored_without_sending_it()
    {
        var file = Sample.Random(1000);
        await StoreAsync(file.Bytes);

        using var named = await Client.PutAsync($"{Path("a.txt")}?file_hash={file.Hash}", new ByteArrayContent([]));
        using var absent = await Client.PutAsync($"{Path("b")}?file_hash={Sample.Random(5).Hash}", null);
        using var withBody = await Client.PutAsync($"{Path("c")}?file_hash={file.Hash}", new ByteArrayContent([1]));
        using var withChunks = await Client.PutAsync($"{Path("c")}?file_hash={file.Hash}", Responses.Chunked([1]));
        using var malformed = await Client.PutAsync($"{Path("c")}?file_hash=abc", null);

        named.Status().Should().Be(201);
        (await named.TextAsync()).Should().Be(file.Hash);
        await absent.ShouldBeProblemAsync(404);
        await withBody.ShouldBeProblemAsync(400);
        await withChunks.ShouldBeProblemAsync(400);
        await malformed.ShouldBeProblemAsync(400);
        using var read = await GetAsync("a.txt");
        (await read.Content.ReadAsByteArrayAsync()).Should().Equal(file.Bytes);
    }

    [Test]
    public async Task A_form_stores_every_file_under_its_own_name_and_folders()
    {
        using var form = new MultipartFormDataContent();
        AddFile(form, "one.txt", "one"u8.ToArray());
        AddFile(form, "dir/sub/two.txt", "two"u8.ToArray());

        using var created = await Client.PostAsync(Path(""), form);

        created.Status().Should().Be(201);
        (await created.TextAsync()).Split('\n').Should().HaveCount(2);
        (await ListAsync($"prefix={_folder}/")).Names.Should().Equal($"{_folder}/dir/sub/two.txt", $"{_folder}/one.txt");
    }

    [TestCase("../a")]
    [TestCase("/etc/passwd")]
    [TestCase("a//b")]
    [TestCase("C:\\a\\b")]
    [TestCase("a/./b")]
    public async Task A_form_with_a_hostile_path_is_refused_whole(string path)
    {
        using var form = new MultipartFormDataContent();
        AddFile(form, "fine.txt", Sample.Random(10).Bytes);
        AddFile(form, path, [1]);

        using var refused = await Client.PostAsync(Path(""), form);

        await refused.ShouldBeProblemAsync(400);
        (await ListAsync($"prefix={_folder}/")).Names.Should().BeEmpty();
    }

    [Test]
    public async Task A_folder_takes_forms_alone()
    {
        (await Client.PostAsync(Path(""), new ByteArrayContent([1]))).Status().Should().Be(415);
        (await Client.PostAsync(Path("a"), new ByteArrayContent([1]))).Status().Should().Be(400);
        (await PutAsync("a/", [1])).Status().Should().Be(400);
    }

    [Test]
    public async Task A_folder_is_listed_by_its_own_path_and_by_query()
    {
        foreach (var name in new[] { "a", "b/c", "b/d/e", "Б" })
            await PutAsync(name, [1]);

        var top = await ListAsync($"prefix={_folder}/&delimiter=/");
        top.Names.Should().Equal($"{_folder}/a", $"{_folder}/Б");
        top.Folders.Should().Equal($"{_folder}/b/");
        (await Client.GetStringAsync(Path("b/"))).Should().Be(await Client.GetStringAsync($"/names?prefix={_folder}/b/&delimiter=/"));
        (await ListAsync($"prefix={_folder}/&limit=2")).Next.Should().Be($"{_folder}/b/c");
        (await ListAsync($"prefix={_folder}/&after={_folder}/b/c")).Names.Should().Equal($"{_folder}/b/d/e", $"{_folder}/Б");
        (await ListAsync($"q=/B/&prefix={_folder}")).Names.Should().HaveCount(2);
        (await ListAsync($"prefix={_folder}/&sort=-name")).Names.Should().Equal($"{_folder}/Б", $"{_folder}/b/d/e", $"{_folder}/b/c", $"{_folder}/a");
    }

    [TestCase("sort=type")]
    [TestCase("sort=--name")]
    [TestCase("limit=0")]
    [TestCase("limit=10001")]
    [TestCase("delimiter=x")]
    [TestCase("after=x&sort=size")]
    [TestCase("unknown=1")]
    [TestCase("limit=1&limit=2")]
    public async Task Questions_that_make_no_sense_are_refused(string query)
    {
        await PutAsync("a", [1]);
        using var refused = await Client.GetAsync($"/names?{query}");
        await refused.ShouldBeProblemAsync(400);
    }

    [TestCase("a/../b")]
    [TestCase("a/%2e%2e/b")]
    [TestCase("a//b")]
    [TestCase("a%2Fb")]
    [TestCase("a%0Ab")]
    [TestCase("%FF")]
    [TestCase("%C2%85")]
    public void Names_that_are_not_names_are_refused_for_every_method(string name)
    {
        foreach (var method in new[] { "GET", "PUT", "DELETE", "POST" })
        {
            var response = Daemon.Ask($"{method} /names/{name}{(method == "POST" ? "?move_to=x" : "")} HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
            response.ShouldBeProblem(400);
        }
    }

    [Test]
    public async Task Names_are_the_same_in_every_normal_form()
    {
        await PutAsync("Отче\u0308т", [1]);

        (await GetAsync("Отчёт")).Status().Should().Be(200);
        (await ListAsync($"prefix={_folder}/{Uri.EscapeDataString("Отче\u0308")}")).Names.Should().Equal($"{_folder}/Отчёт");
    }

    [Test]
    public async Task Names_and_folders_are_deleted()
    {
        foreach (var name in new[] { "a", "b/c", "b/d" })
            await PutAsync(name, [1]);

        (await (await DeleteAsync("a")).TextAsync()).Should().Be($$"""{"name":"{{_folder}}/a","deleted":1}""");
        await (await DeleteAsync("a")).ShouldBeProblemAsync(404);
        await (await DeleteAsync("b/")).ShouldBeProblemAsync(409);
        (await (await DeleteAsync("b/?recursive=true")).TextAsync()).Should().Be($$"""{"name":"{{_folder}}/b/","deleted":2}""");
        await (await DeleteAsync("b/?recursive=true")).ShouldBeProblemAsync(404);
        await (await DeleteAsync("b/?recursive=yes")).ShouldBeProblemAsync(400);
    }

    [Test]
    public async Task Names_and_folders_are_moved_and_copied()
    {
        await PutAsync("a", [1]);
        await PutAsync("b/c", [2]);

        using var moved = await PostAsync("a", $"move_to={_folder}/x/y");
        (await moved.TextAsync()).Should().Be($$"""{"name":"{{_folder}}/x/y","from":"{{_folder}}/a"}""");
        (await PostAsync("b/", $"copy_to={_folder}/x/")).Status().Should().Be(412, "the folder is there");
        (await PostAsync("b/", $"copy_to={_folder}/x/&replace=true")).Status().Should().Be(200);
        (await PostAsync("b/c", $"move_to={_folder}/x/y")).Status().Should().Be(412);
        (await PostAsync("b/c", $"move_to={_folder}/b/c")).Status().Should().Be(200, "onto itself nothing happens");
        (await ListAsync($"prefix={_folder}/")).Names.Should().Equal($"{_folder}/b/c", $"{_folder}/x/c", $"{_folder}/x/y");

        await (await PostAsync("absent", $"move_to={_folder}/z")).ShouldBeProblemAsync(404);
        await (await PostAsync("b/", $"move_to={_folder}/b/d/")).ShouldBeProblemAsync(400);
        await (await PostAsync("b/c", $"move_to={_folder}/z/")).ShouldBeProblemAsync(400);
        await (await PostAsync("b/", $"move_to={_folder}/z")).ShouldBeProblemAsync(400);
        await (await PostAsync("b/c", $"move_to=z&copy_to=z")).ShouldBeProblemAsync(400);
        await (await PostAsync("b/c", "move_to=../z")).ShouldBeProblemAsync(400);
    }

    [Test]
    public async Task A_file_that_names_point_at_is_deleted_by_hash_only_with_them()
    {
        var file = Sample.Random(10);
        await PutAsync("a", file.Bytes);
        await PutAsync("b", file.Bytes);

        using var refused = await Client.DeleteAsync($"/files/{file.Hash}");
        await refused.ShouldBeProblemAsync(409);
        using var json = JsonDocument.Parse(await refused.TextAsync());
        json.RootElement.GetProperty("names").EnumerateArray().Select(name => name.GetString()).Should().Equal($"{_folder}/a", $"{_folder}/b");
        json.RootElement.GetProperty("total").GetInt64().Should().Be(2);
        Store.Has(file.Hash).Should().BeTrue();
        (await Client.DeleteAsync($"/?file_hash={file.Hash}&names=x")).Status().Should().Be(400);

        using var deleted = await Client.DeleteAsync($"/?file_hash={file.Hash}&names=delete");

        deleted.Status().Should().Be(200);
        Store.Has(file.Hash).Should().BeFalse();
        (await GetAsync("a")).Status().Should().Be(404);
    }

    [Test]
    public async Task An_upload_that_is_cut_leaves_no_name_and_no_file()
    {
        var file = Sample.Random(1000);
        using (var socket = Daemon.Connect())
        {
            socket.SendText($"PUT /names/{_folder}/cut HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n");
            socket.Send(file.Bytes);
        }

        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
        (await GetAsync("cut")).Status().Should().Be(404);
    }

    [Test]
    public async Task A_digest_that_does_not_match_stores_nothing()
    {
        using var refused = await PutAsync("a", Sample.Random(10).Bytes, ("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="));

        await refused.ShouldBeProblemAsync(400);
        (await GetAsync("a")).Status().Should().Be(404);
    }

    private static void AddFile(MultipartFormDataContent form, string path, byte[] content)
    {
        var part = new ByteArrayContent(content);
        part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "f", FileName = $"\"{path}\"" };
        form.Add(part);
    }

    private string Path(string name) => $"/names/{_folder}/{name}";

    private Task<HttpResponseMessage> PutAsync(string name, byte[] content, params (string, string)[] fields) =>
        Client.SendAsync("PUT", Path(name), new ByteArrayContent(content), fields);

    private Task<HttpResponseMessage> GetAsync(string name, params (string, string)[] fields) => Client.SendAsync("GET", Path(name), null, fields);

    private Task<HttpResponseMessage> DeleteAsync(string name, params (string, string)[] fields) => Client.SendAsync("DELETE", Path(name), null, fields);

    private Task<HttpResponseMessage> PostAsync(string name, string query) => Client.PostAsync($"{Path(name)}?{query}", null);

    private async Task<(string?[] Names, string?[] Folders, string? Next)> ListAsync(string query)
    {
        using var json = JsonDocument.Parse(await Client.GetStringAsync($"/names?{query}"));
        return ([.. json.RootElement.GetProperty("names").EnumerateArray().Select(name => name.GetProperty("name").GetString())],
            [.. json.RootElement.GetProperty("folders").EnumerateArray().Select(folder => folder.GetString())],
            json.RootElement.GetProperty("next").GetString());
    }
}
