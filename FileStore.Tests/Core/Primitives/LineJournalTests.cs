using System.Text;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

/// <summary>What all journals have in common. Their use by jobs and reports is tested with those.</summary>
[TestFixture]
public sealed class LineJournalTests
{
    private TempFolder _folder;

    private string Path => _folder["kept/lines"];

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Lines_come_back_in_their_order_from_where_they_were_added()
    {
        long second;
        using (var journal = new LineJournal(Path, durable: true, "first\n"u8))
        {
            journal.Append([Line("a"), Line("b")], flush: true).Should().Be(6);
            second = journal.Append([Line("c")], flush: false);
        }

        using var reopened = new LineJournal(Path, durable: true, "first\n"u8);
        reopened.ReadAll(Text).Should().Equal((0L, "first"), (6L, "a"), (8L, "b"), (second, "c"));
        reopened.Read(6, second, Text).Should().Equal("a", "b");
        reopened.Lines.Should().Be(4);
        File.GetUnixFileMode(_folder["kept"]).Should().Be(LineJournal.OwnerOnlyDirectory);
        File.GetUnixFileMode(Path).Should().Be(LineJournal.OwnerOnlyFile);
    }

    [Test]
    public void A_torn_line_is_ended_before_another_is_added()
    {
        Directory.CreateDirectory(_folder["kept"]);
        File.WriteAllText(Path, "a\n!torn");
        using (var journal = new LineJournal(Path, durable: false))
        {
            journal.ReadAll(Text).Should().Equal((0L, "a"));
            journal.DamagedLines.Should().Be(1);
            journal.Append([Line("b")], flush: true).Should().Be(8);
            journal.Read(0, journal.Length, Text).Should().Equal("a", "b");
        }

        File.ReadAllText(Path).Should().Be("a\n!torn\nb\n");
    }

    [Test]
    public void It_is_known_when_somebody_else_has_touched_it()
    {
        using var journal = new LineJournal(Path, durable: false);
        journal.Append([Line("a")], flush: true);
        journal.IsUnchanged.Should().BeTrue();

        File.AppendAllText(Path, "b\n");
        journal.IsUnchanged.Should().BeFalse("it grew");
        File.WriteAllText(_folder["other"], "a\n");
        File.Move(_folder["other"], Path, overwrite: true);
        journal.IsUnchanged.Should().BeFalse("it is another file");
        File.Delete(Path);
        journal.IsUnchanged.Should().BeFalse("it is gone");
    }

    [Test]
    public void Only_one_may_use_a_folder()
    {
        using (new LineJournal(Path, durable: false))
            this.Invoking(_ => new LineJournal(_folder["kept/other"], durable: false)).Should().Throw<IOException>().WithMessage("another process*");

        new LineJournal(Path, durable: false).Dispose();
    }

    [Test]
    public void A_path_that_is_not_a_regular_file_is_refused_and_the_folder_is_released()
    {
        Directory.CreateDirectory(_folder["kept"]);
        Command.Run("/", "mkfifo", Path).ExitCode.Should().Be(0);

        for (var attempt = 0; attempt < 2; attempt++)
            this.Invoking(_ => new LineJournal(Path, durable: false)).Should().Throw<IOException>().WithMessage("*is not a regular file");
    }

    [Test, NeedsRoot]
    public void An_append_that_finds_the_disk_full_is_taken_back()
    {
        using var disk = Mounted.Tmpfs("1m");
        using var journal = new LineJournal(disk["kept/lines"], durable: true);
        journal.Append([Line("a")], flush: true);

        journal.Invoking(full => full.Append([Line("b"), Line(new string('x', 2 << 20))], flush: true)).Should().Throw<IOException>();

        File.ReadAllText(disk["kept/lines"]).Should().Be("a\n");
        journal.IsUnchanged.Should().BeTrue();
        journal.Append([Line("c")], flush: true).Should().Be(2);
    }

    private static byte[] Line(string text) => Bytes.Of($"{text}\n");

    private static string? Text(ReadOnlySpan<byte> line) => line[0] == '!' ? null : Encoding.UTF8.GetString(line);
}
