using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>The programs that people have at hand, as they are: curl and wget.</summary>
public sealed class CommonClientStories(string engine) : DaemonFixture(engine)
{
    private TempFolder _folder;
    private Sample _file;

    [SetUp]
    public void MakeAFile()
    {
        _folder = new TempFolder();
        _file = Sample.Random(300_000);
        File.WriteAllBytes(_folder["file.bin"], _file.Bytes);
    }

    [TearDown]
    public void RemoveIt() => _folder.Dispose();

    [TestCase("-F", "f=@file.bin")]
    [TestCase("-F", "f=@file.bin;type=image/png;filename=отчёт.png")]
    [TestCase("-F", "comment=hi", "-F", "f=@file.bin", "-F", "more=text")]
    [TestCase("--data-binary", "@file.bin")]
    [TestCase("--http1.0", "--data-binary", "@file.bin")]
    public void Curl_uploads(params string[] arguments)
    {
        Curl([.. arguments, Url("/")]).Should().Be(_file.Hash);

        Store.Read(_file.Hash).Should().Equal(_file.Bytes);
    }

    [Test]
    public void Curl_uploads_several_files()
    {
        File.WriteAllText(_folder["b.txt"], "b");

        Curl("-F", "f=@file.bin", "-F", "g=@b.txt", Url("/")).Should().Be($"{_file.Hash}\n{Sample.Of("b").Hash}");
    }

    [Test]
    public void Curl_puts_a_file() => Curl("-T", "file.bin", Url($"/files/{_file.Hash}")).Should().Be(_file.Hash);

    [Test]
    public void Curl_puts_from_a_pipe()
    {
        var pipe = Command.Run(_folder.Path, "sh", "-c", $"cat file.bin | curl -sS -T - {Url($"/files/{_file.Hash}")}");

        pipe.Should().Be(new CommandResult(0, _file.Hash, ""));
    }

    [Test]
    public async Task Curl_resumes_a_download()
    {
        await StoreAsync(_file.Bytes);
        File.WriteAllBytes(_folder["part"], _file.Bytes[..100_000]);

        Curl("-C", "-", "-o", "part", Url($"/files/{_file.Hash}"));

        File.ReadAllBytes(_folder["part"]).Should().Equal(_file.Bytes);
    }

    [Test, Category("Long")]
    public async Task Curl_may_take_its_time()
    {
        const int timedOut = 28;
        var big = Sample.Random(100_000_000);
        await StoreAsync(big.Bytes);

        var curl = Command.Run(_folder.Path, "curl", "-sS", "--noproxy", "*", "--limit-rate", "200k", "-m", "110", "-o", "part", Url($"/files/{big.Hash}"));

        curl.ExitCode.Should().Be(timedOut, curl.Error);
    }

    [TestCase("report.pdf")]
    [TestCase("two words.txt")]
    public async Task Curl_saves_under_the_name_it_is_told(string name)
    {
        await StoreAsync(_file.Bytes);

        Curl("-O", "-J", Url($"/?file_hash={_file.Hash}&name={Uri.EscapeDataString(name)}"));

        File.ReadAllBytes(_folder[name]).Should().Equal(_file.Bytes);
    }

    [Test]
    public async Task Curl_deletes_asks_for_heads_and_sees_errors()
    {
        await StoreAsync(_file.Bytes);
        var url = Url($"/?file_hash={_file.Hash}");

        Curl("-I", url).Should().StartWith("HTTP/1.1 200 OK").And.Contain("Content-Length: 300000");
        Curl("-X", "DELETE", url).Should().BeEmpty();
        Command.Run(_folder.Path, "curl", "-sSf", url).ExitCode.Should().Be(22);
    }

    [Test]
    public async Task Wget_goes_on_where_it_was()
    {
        await StoreAsync(_file.Bytes);
        File.WriteAllBytes(_folder[_file.Hash], _file.Bytes[..100_000]);

        var wget = Command.Run(_folder.Path, "wget", "-c", "--no-proxy", Url($"/files/{_file.Hash}"));
        var again = Command.Run(_folder.Path, "wget", "-c", "--no-proxy", Url($"/files/{_file.Hash}"));

        wget.ExitCode.Should().Be(0, wget.Error);
        wget.Error.Should().Contain("206");
        File.ReadAllBytes(_folder[_file.Hash]).Should().Equal(_file.Bytes);
        again.Error.Should().Contain("416");
        again.ExitCode.Should().Be(0, again.Error);
    }

    private string Url(string path) => Daemon.Url.AbsoluteUri.TrimEnd('/') + path;

    private string Curl(params string[] arguments)
    {
        var curl = Command.Run(_folder.Path, "curl", ["-sS", "--noproxy", "*", .. arguments]);
        curl.ExitCode.Should().Be(0, curl.Error);
        return curl.Output;
    }
}
