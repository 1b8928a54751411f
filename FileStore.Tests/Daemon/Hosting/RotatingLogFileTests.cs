using System.Diagnostics;
using System.Text.RegularExpressions;
using FileStore.Daemon.Hosting;
using FileStore.Tests.Support;
using FluentAssertions;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace FileStore.Tests.Daemon.Hosting;

[TestFixture]
public sealed class RotatingLogFileTests
{
    private TempFolder _folder;
    private RotatingLogFile? _file;
    private Logger? _logger;

    private string LogPath => _folder["log/server.log"];

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder()
    {
        _logger?.Dispose();
        _file?.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void Lines_are_in_the_file_soon_and_a_warning_at_once()
    {
        Open();

        _logger!.Information("one");
        SpinWait.SpinUntil(() => File.ReadAllText(LogPath) == "one\n", TimeSpan.FromSeconds(20)).Should().BeTrue();
        _logger.Warning("two");

        File.ReadAllText(LogPath).Should().Be("one\ntwo\n");
    }

    [Test]
    public void A_new_process_goes_on_where_the_last_one_ended()
    {
        Directory.CreateDirectory(_folder["log"]);
        File.WriteAllText(LogPath, "before\n");
        Open();

        _logger!.Warning("after");

        File.ReadAllText(LogPath).Should().Be("before\nafter\n");
    }

    [Test]
    public void Closing_writes_what_waits()
    {
        Open();

        _logger!.Information("last words");
        _file!.Dispose();

        File.ReadAllText(LogPath).Should().Be("last words\n");
    }

    [Test]
    public void A_full_file_becomes_number_1_and_older_ones_move_up()
    {
        Open();
        for (var generation = 1; generation <= 3; generation++)
            Fill(generation);
        _logger!.Warning("now");

        File.ReadAllText(LogPath).Should().Be("now\n");
        FirstLine(1).Should().Be("generation 3");
        FirstLine(2).Should().Be("generation 2");
        FirstLine(3).Should().Be("generation 1");
        File.Exists($"{LogPath}.4").Should().BeFalse();
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
    public void A_gap_in_the_numbers_is_no_hindrance()
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
        _logger!.Warning("to the old");
        File.Move(LogPath, _folder["moved"]);
        _logger.Warning("still to the old");

        _file.Reopen();
        _logger.Warning("to the new");

        File.ReadAllText(_folder["moved"]).Should().Be("to the old\nstill to the old\n");
        File.ReadAllText(LogPath).Should().Be("to the new\n");
        opened.Should().Be(1);
    }

    [Test]
    public void A_file_that_was_cut_short_is_filled_from_its_new_end()
    {
        Open();
        _logger!.Warning("a long line that somebody throws away");
        File.WriteAllText(LogPath, "");

        _logger.Warning("next");

        File.ReadAllText(LogPath).Should().Be("next\n");
    }

    [Test]
    public void A_full_disk_loses_lines_says_how_many_and_goes_on()
    {
        Directory.CreateDirectory(_folder["log"]);
        File.CreateSymbolicLink(LogPath, "/dev/full");
        Open();
        for (var i = 0; i < 5; i++)
            _logger!.Warning("lost");
        File.Delete(LogPath); // there is room again

        var more = 0;
        var deadline = Stopwatch.StartNew();
        while (!File.Exists(LogPath) || new FileInfo(LogPath).Length == 0)
        {
            deadline.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30));
            _logger!.Warning("number {More}", more++);
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

        _logger!.Warning("through the pipe");
        _file!.Flush();

        var read = new byte[100];
        var reading = reader.ReadAsync(read).AsTask();
        reading.Wait(TimeSpan.FromSeconds(20)).Should().BeTrue();
        System.Text.Encoding.UTF8.GetString(read, 0, reading.Result).Should().Be("through the pipe\n");
    }

    [Test]
    public void A_log_that_cannot_be_opened_is_an_error_at_the_start()
    {
        File.WriteAllText(_folder["log"], "a file where the folder should be");

        var open = () => new RotatingLogFile(LogPath, new TextOnly());

        open.Should().Throw<IOException>();
    }

    private void Open()
    {
        _file = new RotatingLogFile(LogPath, new TextOnly());
        _logger = new LoggerConfiguration().WriteTo.Sink(_file).CreateLogger();
    }

    /// <summary>Writes a file full.</summary>
    private void Fill(int generation)
    {
        _logger!.Warning("generation {Generation}", generation);
        var line = new string('x', 100_000);
        for (var i = 0; i < RotatingLogFile.MaxSize / line.Length; i++)
            _logger.Warning("{Line:l}", line);
    }

    private string FirstLine(int number) => File.ReadLines($"{LogPath}.{number}").First();

    private sealed class TextOnly : ITextFormatter
    {
        public void Format(LogEvent logEvent, TextWriter output)
        {
            logEvent.RenderMessage(output);
            output.Write('\n');
        }
    }
}
