using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary><c>./filestore</c>: what it builds when, and from where it can be called. Most of it with a stub for dotnet.</summary>
[TestFixture]
public sealed class LauncherTests
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private TempFolder _folder;
    private Dictionary<string, string> _environment;

    [SetUp]
    public void MakeSources()
    {
        _folder = new TempFolder();
        foreach (var project in new[] { "FileStore.Core", "FileStore.Daemon" })
        {
            Directory.CreateDirectory(_folder[$"a b/{project}/obj"]);
            File.WriteAllText(_folder[$"a b/{project}/a.cs"], "");
        }

        foreach (var file in new[] { "Directory.Build.props", "global.json" })
            File.WriteAllText(_folder[$"a b/{file}"], "");
        File.Copy(Command.Launcher, Launcher);
        WriteDotnet("""
            while [ $# -gt 0 ]; do if [ "$1" = --output ]; then out=$2; fi; shift; done
            sleep 0.3
            mkdir -p "$out"
            printf '#!/bin/sh\nprintf "<%%s>" "$@"\nexit 7\n' > "$out/filestore"
            chmod +x "$out/filestore"
            """);
        _environment = new() { ["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}" };
    }

    [TearDown]
    public void RemoveSources() => _folder.Dispose();

    [Test]
    public void The_first_call_builds_and_the_second_does_not()
    {
        var first = Call("one", "two words", "");

        first.ExitCode.Should().Be(7, "the program's own exit code passes");
        first.Output.Should().Be("<one><two words><>", "the program's arguments and output pass as they are");
        first.Error.Should().Contain("building");
        Call("x").Error.Should().BeEmpty();
        Builds().Should().Be(1);
    }

    [Test]
    public async Task Four_first_calls_at_once_build_once()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => Call($"{i}"))));

        results.Select(result => result.Output).Should().BeEquivalentTo("<0>", "<1>", "<2>", "<3>");
        Builds().Should().Be(1);
    }

    [TestCase("FileStore.Core/a.cs")]
    [TestCase("FileStore.Daemon/sub/new.cs")]
    [TestCase("Directory.Build.props")]
    [TestCase("global.json")]
    public void A_newer_source_is_built(string source)
    {
        Call();
        Write(source);

        Call("x").Output.Should().Be("<x>");

        Builds().Should().Be(2);
        Call();
        Builds().Should().Be(2);
        Directory.GetFileSystemEntries(_folder["a b/.build"]).Select(path => Path.GetFileName(path))
            .Should().BeSubsetOf(["app", "build.log", "lock", "obj"], "nothing is left behind");
    }

    [TestCase("FileStore.Core/obj/a.cs")]
    [TestCase("README.md")]
    public void A_file_that_is_not_a_source_does_not_cause_a_build(string file)
    {
        Call();
        Write(file);

        Call();

        Builds().Should().Be(1);
    }

    [Test]
    public async Task A_source_that_changes_during_the_build_is_built_again()
    {
        WriteDotnet(File.ReadAllText(_folder["bin/dotnet"]).Replace("sleep 0.3", "while [ ! -e go ]; do sleep 0.05; done"));
        var call = Task.Run(() => Call());
        Eventually.Until(() => Builds() == 1, "the build runs");
        Write("FileStore.Core/a.cs");
        Write("go");
        await call;

        Call("x").Output.Should().Be("<x>");

        Builds().Should().Be(2);
    }

    [Test]
    public void A_build_that_fails_is_shown_and_tried_again()
    {
        var works = File.ReadAllText(_folder["bin/dotnet"]);
        WriteDotnet("echo 'error CS1002'; exit 3");

        var result = Call();

        result.ExitCode.Should().Be(1);
        result.Error.Should().Contain("error CS1002");
        result.Output.Should().BeEmpty();
        WriteDotnet(works);
        Call("x").Output.Should().Be("<x>");
    }

    [Test]
    public void Without_dotnet_it_says_what_is_needed()
    {
        // Everything the launcher calls but dotnet.
        foreach (var tool in new[] { "bash", "dirname", "readlink", "find", "mkdir", "flock", "mktemp", "rm", "mv", "cat" })
            File.CreateSymbolicLink(_folder[$"bin/{tool}"], Command.Run("/", "bash", "-c", $"type -P {tool}").Output.Trim());
        File.Delete(_folder["bin/dotnet"]);
        _environment["PATH"] = _folder["bin"];

        var result = Call();

        result.ExitCode.Should().Be(1);
        result.Error.Should().Contain(".NET 10 SDK");
    }

    [TestCase("/")]
    [TestCase("/proc")]
    public void It_can_be_called_by_a_link_from_anywhere_without_a_home(string directory)
    {
        File.CreateSymbolicLink(_folder["link"], Command.Launcher);
        File.CreateSymbolicLink(_folder["link to link"], "link");

        var result = Command.Run(directory, "env", "-u", "HOME", "-u", "DOTNET_ROOT", _folder["link to link"], "--version");

        result.ExitCode.Should().Be(0, result.Error);
        result.Output.Should().MatchRegex(@"^filestore \d");
    }

    [Test, NeedsRoot]
    public void A_build_of_one_user_is_run_by_another()
    {
        Open(_folder.Path);
        Command.Run(_folder["a b"], _environment, "bash", "-c", "umask 077; exec ./filestore x").ExitCode.Should().Be(7);

        var result = AsStranger();

        result.Should().Be(new CommandResult(7, "<x>", ""));
        Builds().Should().Be(1);
    }

    [TestCase(false, "the program has to be built, and * is not writable for *")]
    [TestCase(true, "the sources have changed since the program was built: *")]
    [NeedsRoot]
    public void A_build_that_cannot_be_written_is_refused_in_words(bool isBuilt, string words)
    {
        Open(_folder.Path);
        if (isBuilt)
        {
            Call();
            Write("FileStore.Core/a.cs");
        }

        var result = AsStranger();

        result.ExitCode.Should().Be(1);
        result.Output.Should().BeEmpty();
        result.Error.Should().Match($"filestore: {words}\nfilestore: let root run */a b/filestore --version, or copy the sources to a folder of your own\n");
        Builds().Should().Be(isBuilt ? 1 : 0);
    }

    [Test, NeedsRoot]
    public void On_a_read_only_file_system_it_runs_what_is_built()
    {
        string InReadOnly(string command) => $"mount --bind '{_folder["a b"]}' '{_folder["a b"]}' && mount -o remount,ro,bind '{_folder["a b"]}' && {command}";
        CommandResult Try() => Command.Run("/", _environment, "unshare", "--mount", "bash", "-c", InReadOnly($"exec '{Launcher}' x"));

        var before = Try();
        Call();
        var after = Try();

        before.ExitCode.Should().Be(1);
        before.Error.Should().Contain("not writable");
        after.Should().Be(new CommandResult(7, "<x>", ""));
    }

    [Test, NeedsRoot]
    public async Task A_user_without_the_right_to_build_waits_for_a_build_of_another_user()
    {
        Open(_folder.Path);
        WriteDotnet(File.ReadAllText(_folder["bin/dotnet"]).Replace("sleep 0.3", "while [ ! -e go ]; do sleep 0.05; done"));
        var build = Task.Run(() => Call());
        Eventually.Until(() => Builds() == 1, "the build runs");
        var waiting = Task.Run(AsStranger);
        Eventually.Until(() => Command.Run("/", "pgrep", "-u", "65534", "-x", "flock").ExitCode == 0, "the other waits");
        Write("go");

        (await waiting).Output.Should().Be("<x>");

        (await build).ExitCode.Should().Be(7);
        Builds().Should().Be(1);
    }

    [Test, NeedsRoot]
    public void The_owner_of_changed_sources_builds_again_after_root()
    {
        Open(_folder.Path);
        Command.Run("/", "chown", "-R", "65534:65534", _folder["a b"]);
        File.WriteAllText(_folder["builds"], "");
        File.SetUnixFileMode(_folder["builds"], (UnixFileMode)0x1B6);
        Call();
        Write("FileStore.Core/a.cs");

        AsStranger().Output.Should().Be("<x>");

        Builds().Should().Be(2);
    }

    [TestCase("/nonexistent")]
    [TestCase("")]
    [NeedsRoot]
    public void A_user_without_a_home_can_build(string home)
    {
        Open(_folder.Path);
        Command.Run("/", "chown", "-R", "65534:65534", _folder["a b"]);
        File.WriteAllText(_folder["builds"], "");
        File.SetUnixFileMode(_folder["builds"], (UnixFileMode)0x1B6);
        WriteDotnet(File.ReadAllText(_folder["bin/dotnet"]) + "\ntouch \"$HOME/seen\" \"$DOTNET_CLI_HOME/seen\"\n");
        _environment["HOME"] = home;

        AsStranger().Output.Should().Be("<x>");
    }

    [Test]
    public void Sources_that_are_moved_with_their_build_are_not_built_again()
    {
        Call();
        Directory.Move(_folder["a b"], _folder["c"]);

        Command.Run("/", _environment, _folder["c/filestore"], "x").Should().Be(new CommandResult(7, "<x>", ""));

        Builds().Should().Be(1);
    }

    [Test]
    public void The_first_build_needs_no_home()
    {
        var result = Command.Run("/", _environment, "env", "-u", "HOME", Launcher, "x");

        result.Output.Should().Be("<x>", result.Error);
    }

    [Test, Category("Long")]
    public async Task The_real_sources_build_once_and_again_after_a_change()
    {
        var copy = _folder["copy"];
        Directory.CreateDirectory(copy);
        Command.Run(Repository.Root, "bash", "-c",
            $"tar --exclude=bin --exclude=obj -cf - filestore FileStore.Core FileStore.Daemon global.json *.props .editorconfig | tar -C '{copy}' -xf -")
            .ExitCode.Should().Be(0);
        CommandResult Version() => Command.Run("/", NoVariables, Path.Join(copy, "filestore"), "--version");

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Version)));

        results.Should().OnlyContain(result => result.ExitCode == 0 && result.Output.StartsWith("filestore 0."));
        results.Count(result => result.Error.Contains("building")).Should().Be(1);
        Version().Error.Should().BeEmpty();
        var props = Path.Join(copy, "Directory.Build.props");
        File.WriteAllText(props, File.ReadAllText(props).Replace("<Version>0.1.0</Version>", "<Version>7.8.9</Version>"));
        Version().Output.Should().StartWith("filestore 7.8.9");
    }

    private string Launcher => _folder["a b/filestore"];

    private CommandResult Call(params string[] arguments) => Command.Run(_folder["a b"], _environment, Launcher, arguments);

    /// <summary>Calls it as a user to whom nothing belongs.</summary>
    private CommandResult AsStranger() => Command.Run("/", _environment, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Launcher, "x");

    private static void Open(string folder) => Command.Run("/", "chmod", "go+rx", folder);

    private int Builds() => File.Exists(_folder["builds"]) ? File.ReadAllLines(_folder["builds"]).Length : 0;

    /// <summary>Writes a file that is newer than everything so far.</summary>
    private void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"a b/{path}"])!);
        File.WriteAllText(_folder[$"a b/{path}"], "new");
    }

    private void WriteDotnet(string text)
    {
        Directory.CreateDirectory(_folder["bin"]);
        var head = $"#!/bin/bash\necho \"$*\" >> '{_folder["builds"]}'\n";
        File.WriteAllText(_folder["bin/dotnet"], head + text.Replace(head, ""));
        File.SetUnixFileMode(_folder["bin/dotnet"], (UnixFileMode)0x1ED);
    }
}
