using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class FileStampTests
{
    private TempFolder _folder;

    private string Subject => _folder["file"];

    [SetUp]
    public void MakeFile()
    {
        _folder = new TempFolder();
        File.WriteAllText(Subject, "some text");
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    private static IEnumerable<TestCaseData> Changes()
    {
        yield return new TestCaseData((string path) => File.AppendAllText(path, "x")).SetArgDisplayNames("longer");
        yield return new TestCaseData((string path) => File.WriteAllText(path, "same size")).SetArgDisplayNames("as long");
        yield return new TestCaseData((string path) => File.SetUnixFileMode(path, UnixFileMode.UserRead)).SetArgDisplayNames("other rights");
        yield return new TestCaseData((string path) => File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch)).SetArgDisplayNames("another time");
        yield return new TestCaseData((Action<string>)Replace).SetArgDisplayNames("replaced by its like");
    }

    [Test]
    public void A_file_that_nobody_changes_keeps_its_stamp()
    {
        var stamp = FileStamp.Of(Subject);

        File.ReadAllText(Subject);

        stamp.Should().NotBeNull();
        FileStamp.Of(Subject).Should().Be(stamp);
        stamp!.Value.Length.Should().Be(9);
    }

    [TestCaseSource(nameof(Changes))]
    public void A_change_gives_it_another(Action<string> change)
    {
        var stamp = FileStamp.Of(Subject);
        Thread.Sleep(20); // more than a tick of the kernel's clock

        change(Subject);

        FileStamp.Of(Subject).Should().NotBeNull().And.NotBe(stamp);
    }

    [Test]
    public void A_change_whose_traces_are_hidden_is_seen_all_the_same()
    {
        var stamp = FileStamp.Of(Subject);
        var modified = File.GetLastWriteTimeUtc(Subject);
        Thread.Sleep(20);

        File.WriteAllText(Subject, "same size");
        File.SetLastWriteTimeUtc(Subject, modified);

        FileStamp.Of(Subject).Should().NotBe(stamp);
    }

    [TestCase("absent")]
    [TestCase("file/below")]
    [TestCase("absent/below")]
    [TestCase("dangling")]
    public void An_absent_file_has_no_stamp(string name)
    {
        File.CreateSymbolicLink(_folder["dangling"], _folder["absent"]);

        FileStamp.Of(_folder[name]).Should().BeNull();
    }

    [Test]
    public void A_link_has_the_stamp_of_its_target()
    {
        File.CreateSymbolicLink(_folder["link"], Subject);

        FileStamp.Of(_folder["link"]).Should().Be(FileStamp.Of(Subject));
    }

    [Test]
    public void It_tells_the_rights()
    {
        File.SetUnixFileMode(Subject, UnixFileMode.UserRead | UnixFileMode.GroupWrite);

        FileStamp.Of(Subject)!.Value.Mode.Should().Be(UnixFileMode.UserRead | UnixFileMode.GroupWrite);
    }

    [Test]
    public void A_link_to_itself_is_an_error_and_not_an_absent_file()
    {
        File.CreateSymbolicLink(_folder["loop"], _folder["loop"]);

        FluentActions.Invoking(() => FileStamp.Of(_folder["loop"])).Should().Throw<IOException>().WithMessage($"*{_folder["loop"]}*");
    }

    [Test]
    public void Looking_takes_no_memory()
    {
        var path = Subject;
        var stamp = FileStamp.Of(path);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
            _ = FileStamp.Of(path) == stamp;

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1000);
    }

    private static void Replace(string path)
    {
        File.WriteAllText(path + ".new", "some text");
        File.SetLastWriteTimeUtc(path + ".new", File.GetLastWriteTimeUtc(path));
        File.Move(path + ".new", path, overwrite: true);
    }
}
