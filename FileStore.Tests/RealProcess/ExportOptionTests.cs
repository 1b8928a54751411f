using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Directories that are to be exported, as the command line and the configuration name them.</summary>
[TestFixture]
public sealed class ExportOptionTests
{
    private DaemonHome _home;

    [SetUp]
    public void MakeHome()
    {
        _home = new DaemonHome();
        foreach (var name in (string[])["one", "two", "three"])
        {
            Directory.CreateDirectory(_home[name]);
            File.WriteAllText(_home[$"{name}/{name}.txt"], name);
        }
    }

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public async Task Each_goes_by_its_name_and_restart_keeps_them()
    {
        File.WriteAllText(_home["filestore.json"], """{ "exports": { "c": "three" } }""");
        var port = DaemonHome.FreePort();
        var daemon = _home.Start("--port", $"{port}", "--export", "a=one", "--export", $"{_home["two"]}/");

        await ShouldBeThereAsync(daemon);
        await ShouldBeThereAsync(DaemonHome.Started(_home.Run("restart")));
    }

    [TestCase("start", 1)]
    [TestCase("check", 2)]
    public void A_directory_that_is_missing_is_fatal(string verb, int exitCode)
    {
        string[] arguments = [verb, "--port", "0", "--export", "a=one", "--export", "b=absent"];

        var result = verb == "check" ? _home.Call(arguments) : _home.Run(arguments);

        result.ExitCode.Should().Be(exitCode);
        result.Error.Should().Contain("the export b cannot be used").And.Contain(_home["absent"]).And.Contain("No such file");
        _home.Daemons().Should().BeEmpty();
        Directory.Exists(_home["absent"]).Should().BeFalse();
    }

    [Test]
    public void A_file_cannot_be_exported()
    {
        var result = _home.Call("check", "--export", "a=one/one.txt");

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("the export a cannot be used").And.Contain("Not a directory");
    }

    [TestCase("--export", "a=one", "--export", "a=two")]
    [TestCase("--export", "one", "--export", "two/../one")]
    public void A_name_can_be_given_once(params string[] options)
    {
        var result = _home.Call(["check", .. options]);

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("--export: the name '").And.Contain("is given twice");
    }

    [TestCase("--port", "9100", "--port", "9100")]
    [TestCase("--port", "9100", "--port=9100")]
    [TestCase("--jobs", "--jobs")]
    public void Other_options_can_be_given_once(params string[] options)
    {
        var result = _home.Call(["check", .. options]);

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("is given twice");
    }

    private static async Task ShouldBeThereAsync(StartedDaemon daemon)
    {
        using var client = daemon.NewClient();
        foreach (var (name, file) in new[] { ("a", "one"), ("two", "two"), ("c", "three") })
            (await client.GetStringAsync($"/get?dir={name}&name={file}.txt")).Should().Be(file);
    }
}
