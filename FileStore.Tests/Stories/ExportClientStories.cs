using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Exports with the programs that people have at hand, called as the documents say.</summary>
[EngineNeutral]
public sealed class ExportClientStories(string engine) : ExportFixture(engine)
{
    private TempFolder _folder;
    private byte[] _content;

    [SetUp]
    public void MakeAFile()
    {
        _folder = new TempFolder();
        _content = WriteRandom("db-log-01.txt", 300_000);
    }

    [TearDown]
    public void RemoveIt() => _folder.Dispose();

    [Test]
    public void Wget_lists() =>
        Wget("-q", "-O", "-", Url("/list?dir=dir_1&prefix=db-log&suffix=.txt")).Output.Should().Be("""[{"name":"db-log-01.txt","size":300000}]""");

    [TestCase("", "db-log-01.txt")]
    [TestCase("&compress=zip", "db-log-01.zip")]
    [TestCase("&compress=gz", "db-log-01.txt.gz")]
    public void Wget_and_curl_save_under_the_name_they_are_told(string query, string saved)
    {
        Wget("--content-disposition", Url("/get?dir=dir_1&name=db-log-01.txt" + query));
        ShouldBeTheFile(_folder[saved]);
        File.Delete(_folder[saved]);

        Curl("-OJ", Url("/get?dir=dir_1&name=db-log-01.txt" + query));
        ShouldBeTheFile(_folder[saved]);
    }

    [Test]
    public void Wget_saves_letters_of_any_script()
    {
        Write("отчёт.txt", "text");

        Wget("--content-disposition", "--restrict-file-names=nocontrol", Url("/get?dir=dir_1&name=отчёт.txt"));

        Directory.GetFiles(_folder.Path).Should().ContainSingle().Which.Should().EndWith("отчёт.txt");
    }

    [TestCase("")]
    [TestCase("&compress=zip")]
    [TestCase("&compress=gz")]
    public void Wget_and_curl_go_on_where_they_were(string query)
    {
        var url = Url("/get?dir=dir_1&name=db-log-01.txt" + query);
        Wget("-q", "-O", "whole", url);
        var whole = File.ReadAllBytes(_folder["whole"]);
        foreach (var name in (string[])["wget", "curl"])
            File.WriteAllBytes(_folder[name], whole[..100_000]);

        Wget("-S", "-c", "-O", "wget", url).Error.Should().Contain("206 Partial Content");
        Curl("-C", "-", "-o", "curl", url);

        File.ReadAllBytes(_folder["wget"]).Should().Equal(whole);
        File.ReadAllBytes(_folder["curl"]).Should().Equal(whole);
    }

    [Test]
    public void Wget_shows_which_parameters_are_missing()
    {
        var result = Command.Run(_folder.Path, "wget", "--no-proxy", "-S", "-O", "-", Url("/tar?dir=dir_1&name=db-log-01.txt"));

        result.ExitCode.Should().Be(8);
        result.Error.Should().Contain("HTTP/1.1 400 ERROR - CALLBACK PARAMETERS ARE MISSING: host, port, path");
    }

    [Test]
    public void Wget_archives_and_deletes()
    {
        Write("db-dump.sql", "dump");
        using var trap = Trap.Answering(200);

        Wget("-q", "-O", "-", Url($"/tar?dir=dir_1&name=db-dump.sql&host=127.0.0.1&port={trap.Port}&path=/ping?id=A1")).Output.Should().Be("working ...");
        Eventually.Until(() => trap.Connections == 1, "it is told");
        Wget("-q", "-O", "-", Url("/delete?dir=dir_1&name=db-dump.sql")).Output.Should().Be("deleted 1 file");
        Wget("-q", "-O", "-", Url("/delete?dir=dir_1&prefix=db-&suffix=*")).Output.Should().Be("deleted 2 files");

        trap.Requests.Should().ContainSingle().Which.Should().StartWith("GET /ping?id=A1 HTTP/1.1\r\n");
        Names().Should().BeEmpty();
    }

    private void ShouldBeTheFile(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (path.EndsWith(".zip"))
            Archives.Unzip(bytes).ShouldBe("db-log-01.txt", _content);
        else
            (path.EndsWith(".gz") ? Archives.Gunzip(bytes) : bytes).Should().Equal(_content);
        if (!path.EndsWith(".txt"))
            Archives.ShouldBeWhole(path);
    }

    private string Url(string path) => Daemon.Url.AbsoluteUri.TrimEnd('/') + path;

    private CommandResult Wget(params string[] arguments) => Run("wget", ["--no-proxy", .. arguments]);

    private void Curl(params string[] arguments) => Run("curl", ["-sS", "--noproxy", "*", .. arguments]);

    private CommandResult Run(string program, string[] arguments)
    {
        var result = Command.Run(_folder.Path, program, arguments);
        result.ExitCode.Should().Be(0, result.Error);
        return result;
    }
}
