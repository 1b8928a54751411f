using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class DurableFileTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private TempFolder _folder;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void A_new_file_has_its_content_and_mode()
    {
        DurableFile.Replace(_folder["tokens"], Bytes.Of("Привет"), Private);

        File.ReadAllText(_folder["tokens"]).Should().Be("Привет");
        File.GetUnixFileMode(_folder["tokens"]).Should().Be(Private);
        Names().Should().Equal("tokens");
    }

    [Test]
    public void A_shorter_content_replaces_a_longer_whole()
    {
        File.WriteAllText(_folder["tokens"], new string('x', 100_000));

        DurableFile.Replace(_folder["tokens"], Bytes.Of("short"), Private);

        File.ReadAllText(_folder["tokens"]).Should().Be("short");
        File.GetUnixFileMode(_folder["tokens"]).Should().Be(Private);
        Names().Should().Equal("tokens");
    }

    [Test]
    public void A_file_that_is_replaced_stays_whole_for_whoever_has_it_open()
    {
        File.WriteAllText(_folder["tokens"], "old");
        using var reader = File.OpenText(_folder["tokens"]);

        DurableFile.Replace(_folder["tokens"], Bytes.Of("new text"), Private);

        reader.ReadToEnd().Should().Be("old");
    }

    [Test]
    public void A_reader_sees_the_old_text_or_the_new()
    {
        var texts = new[] { new string('a', 20_000), new string('b', 10_000) };
        File.WriteAllText(_folder["state"], texts[0]);
        using var enough = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            var seen = new HashSet<string>();
            while (!enough.IsCancellationRequested)
                seen.Add(File.ReadAllText(_folder["state"]));
            return seen;
        });

        for (var i = 0; i < 100; i++)
            DurableFile.Replace(_folder["state"], Bytes.Of(texts[i % 2]), Private);
        enough.Cancel();

        reading.GetAwaiter().GetResult().Should().BeSubsetOf(texts).And.NotBeEmpty();
    }

    [Test]
    public void A_leftover_of_a_crash_does_not_stop_a_replacement()
    {
        File.WriteAllText(_folder[$"tokens.{Environment.ProcessId}.new"], "half");

        DurableFile.Replace(_folder["tokens"], Bytes.Of("whole"), Private);

        File.ReadAllText(_folder["tokens"]).Should().Be("whole");
        Names().Should().Equal("tokens");
    }

    [Test]
    public void A_failure_leaves_the_old_state_and_no_temporary_file()
    {
        Directory.CreateDirectory(_folder["tokens"]);
        File.WriteAllText(_folder["tokens/inside"], "kept");

        var replace = () => DurableFile.Replace(_folder["tokens"], Bytes.Of("new"), Private);

        replace.Should().Throw<IOException>().WithMessage($"*{_folder["tokens"]}*");
        Names().Should().Equal("tokens");
        File.ReadAllText(_folder["tokens/inside"]).Should().Be("kept");
    }

    [Test]
    public void A_missing_folder_is_an_error_and_stays_missing()
    {
        var replace = () => DurableFile.Replace(_folder["absent/tokens"], Bytes.Of("new"), Private);

        replace.Should().Throw<IOException>().WithMessage("*No such file or directory*");
        Names().Should().BeEmpty();
    }

    [Test, NeedsRoot]
    public void Root_may_give_a_file_to_the_owner_of_its_folder()
    {
        Command.Run("/", "chown", "12345:23456", _folder.Path).ExitCode.Should().Be(0);
        Directory.CreateSymbolicLink(_folder["link"], _folder.Path);

        DurableFile.Replace(_folder["own"], Bytes.Of("x"), Private);
        DurableFile.Replace(_folder["theirs"], Bytes.Of("x"), Private, forDirectoryOwner: true);
        DurableFile.Replace(_folder["link/linked"], Bytes.Of("x"), Private, forDirectoryOwner: true);

        Command.Run(_folder.Path, "stat", "-c", "%u:%g %a", "own", "theirs", "linked").Output
            .Should().Be("0:0 600\n12345:23456 600\n12345:23456 600\n");
    }

    [Test]
    public void A_file_is_read_whole_with_the_state_it_was_in()
    {
        File.WriteAllText(_folder["tokens"], "some text");

        DurableFile.TryRead(_folder["tokens"], 9, out var stamp).Should().Equal(Bytes.Of("some text"));

        FileStamp.Of(_folder["tokens"]).Should().Be(stamp);
        File.AppendAllText(_folder["tokens"], "!");
        FileStamp.Of(_folder["tokens"]).Should().NotBe(stamp);
    }

    [Test]
    public void An_absent_file_is_null_and_an_empty_file_is_empty()
    {
        File.WriteAllText(_folder["empty"], "");

        DurableFile.TryRead(_folder["absent"], 10, out _).Should().BeNull();
        DurableFile.TryRead(_folder["empty/below"], 10, out _).Should().BeNull();
        DurableFile.TryRead(_folder["empty"], 10, out _).Should().BeEmpty();
    }

    [Test]
    public void A_file_that_is_too_long_or_none_at_all_is_not_read()
    {
        using (var huge = File.OpenWrite(_folder["huge"]))
            huge.SetLength(1L << 40);
        Command.Run("/", "mkfifo", _folder["pipe"]).ExitCode.Should().Be(0);

        Reading("huge").Should().Throw<IOException>().WithMessage($"*{_folder["huge"]}*longer than 10 bytes*");
        Reading("pipe").Should().Throw<IOException>().WithMessage("*not a regular file*");
        Reading("").Should().Throw<IOException>().WithMessage("*not a regular file*");
    }

    private Func<byte[]?> Reading(string name) => () => DurableFile.TryRead(_folder[name], 10, out _);

    private string?[] Names() => [.. Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName)];
}
