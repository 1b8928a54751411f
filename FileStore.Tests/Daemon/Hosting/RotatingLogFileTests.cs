using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using FileStore.Daemon.Hosting;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Hosting;

[TestFixture]
public sealed class RotatingLogFileTests
{
    private TempFolder _folder;
    private RotatingLogFile? _file;

    private string LogPath => _folder["log/server.log"];

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder()
    {
        _file?.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void A_new_process_goes_on_where_the_last_one_ended()
    {
        Directory.CreateDirectory(_folder["log"]);
        File.WriteAllText(LogPath, "before\n");
        Open();

        Add("after");

        File.ReadAllText(LogPath).Should().Be("before\nafter\n");
    }

    [Test]
    public void A_full_file_becomes_number_1_and_older_ones_move_up()
    {
        Open();
        for (var generation = 1; generation <= 3; generation++)
            Fill(generation);
        Add("now");

        File.ReadAllText(LogPath).Should().Be("now\n");
        FirstLine(1).Should().Be("generation 3");
        FirstLine(2).Should().Be("generation 2");
        FirstLine(3).Should().Be("generation 1");
        File.Exists($"{LogPath}.4").Should().BeFalse();
    }

    [Test]
    public void Many_lines_at_once_are_not_one_file()
    {
        Open();
        var line = new string('x', 999);
        var longest = new string('y', 200_000);

        Add(string.Join('\n', Enumerable.Repeat(line, 25_000).Append(longest).Append("last")));

        File.ReadAllText(LogPath).Should().EndWith($"{line}\n{longest}\nlast\n");
        foreach (var number in (int[])[1, 2])
        {
            new FileInfo($"{LogPath}.{number}").Length.Should().BeInRange(RotatingLogFile.MaxSize, RotatingLogFile.MaxSize + (64 << 10));
            File.ReadLines($"{LogPath}.{number}").Should().OnlyContain(whole => whole == line);
        }

        (File.ReadLines($"{LogPath}.1").Count() + File.ReadLines($"{LogPath}.2").Count() + File.ReadLines(LogPath).Count()).Should().Be(25_002);
    }

    [Test]
    public void Ten_older_files_are_kept_and_the_oldest_goes()
    {
        Directory.CreateDirectory(_folder["log"]);
        for (var number = 1; number <= 10; number++)
            File.WriteAllText($"{LogPath}.{number}", $"was {number}\n");
        Open();

        Fill(1);

        FirstLine(1).Should().Be("generation 1");
        for (var number = 2; number <= 10; number++)
            FirstLine(number).Should().Be($"was {number - 1}");
        Directory.GetFiles(_folder["log"]).Should().HaveCount(11);
    }

    [Test]
    public void The_log_rotates_despite_a_gap_in_the_numbers_of_its_files()
    {
        Directory.CreateDirectory(_folder["log"]);
        File.WriteAllText($"{LogPath}.2", "was 2\n");
        Open();

        Fill(1);

        FirstLine(1).Should().Be("generation 1");
        FirstLine(3).Should().Be("was 2");
    }

    [Test]
    public void A_file_that_was_moved_away_is_left_and_a_new_one_begun_on_reopening()
    {
        var opened = 0;
        Open();
        _file!.Opened = _ => opened++;
        Add("to the old");
        File.Move(LogPath, _folder["moved"]);
        Add("still to the old");

        _file.Reopen();
        Add("to the new");

        File.ReadAllText(_folder["moved"]).Should().Be("to the old\nstill to the old\n");
        File.ReadAllText(LogPath).Should().Be("to the new\n");
        opened.Should().Be(1);
    }

    [Test]
    public void A_file_that_was_cut_short_is_filled_from_its_new_end()
    {
        Open();
        Add("a long line that somebody throws away");
        File.WriteAllText(LogPath, "");

        Add("next");

        File.ReadAllText(LogPath).Should().Be("next\n");
    }

    [Test]
    public void A_full_disk_loses_lines_says_how_many_and_goes_on()
    {
        Directory.CreateDirectory(_folder["log"]);
        File.CreateSymbolicLink(LogPath, "/dev/full");
        Open();
        for (var i = 0; i < 5; i++)
            Add("lost");
        File.Delete(LogPath); // there is room again

        var more = 0;
        var deadline = Stopwatch.StartNew();
        while (!File.Exists(LogPath) || new FileInfo(LogPath).Length == 0)
        {
            deadline.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30));
            Add($"number {more++}");
            Thread.Sleep(50);
        }

        var lines = File.ReadAllLines(LogPath);
        lines[^1].Should().Be($"number {more - 1}");
        Regex.Match(lines[0], @"^\((\d+) lines of the log were lost").Groups[1].Value.Should().Be($"{5 + more - 1}");
        lines.Should().HaveCount(2);
    }

    [Test]
    public void Writing_to_a_pipe_harms_nobody()
    {
        // As in a container whose log is its standard output. Our own end keeps opening from waiting for a reader.
        Directory.CreateDirectory(_folder["log"]);
        Command.Run("/", "mkfifo", LogPath).ExitCode.Should().Be(0);
        using var reader = new FileStream(LogPath, FileMode.Open, FileAccess.ReadWrite);
        Open();

        Add("through the pipe");

        var read = new byte[100];
        var reading = reader.ReadAsync(read).AsTask();
        reading.Wait(TimeSpan.FromSeconds(20)).Should().BeTrue();
        Encoding.UTF8.GetString(read, 0, reading.Result).Should().Be("through the pipe\n");
    }

    [Test]
    public void A_log_that_cannot_be_opened_is_an_error_at_the_start()
    {
        File.WriteAllText(_folder["log"], "a file where the folder should be");

        var open = () => new RotatingLogFile(LogPath, TimeProvider.System);

        open.Should().Throw<IOException>();
    }

    private void Open() => _file = new RotatingLogFile(LogPath, TimeProvider.System);

    private void Add(string line) => _file!.Append(Encoding.UTF8.GetBytes($"{line}\n"));

    /// <summary>Writes a file full.</summary>
    private void Fill(int generation)
    {
        Add($"generation {generation}");
        var line = new string('x', 100_000);
        for (var i = 0; i < RotatingLogFile.MaxSize / line.Length; i++)
            Add(line);
    }

    private string FirstLine(int number) => File.ReadLines($"{LogPath}.{number}").First();
}
