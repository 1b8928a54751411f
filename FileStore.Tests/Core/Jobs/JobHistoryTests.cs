using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Core.Processes;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Jobs;

[TestFixture]
public sealed class JobHistoryTests
{
    private static readonly DateTimeOffset Then = new(2016, 8, 9, 18, 31, 42, 201, TimeSpan.Zero);

    private TempFolder _folder;
    private LoggedLines _log;

    private string Journal => _folder["jobs/journal.jsonl"];

    [SetUp]
    public void MakeFolder() => (_folder, _log) = (new TempFolder(), new LoggedLines());

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task Everything_known_of_a_job_is_known_after_a_restart()
    {
        var request = new JobRequest("echo \"привет\" 😀\n") { Cwd = "/tmp", Environment = new Dictionary<string, string> { ["A"] = "б\0" }, Stdin = "\u0001", Timeout = TimeSpan.FromSeconds(1.5) };
        var job = new Job(1, request, Then)
        {
            Started = Then,
            Leader = new ProcessIdentity(7, 8, "boot"),
            IsDone = true,
            Result = new JobResult(Then, TimeSpan.FromTicks(12345), new JobOutput("out"), new JobOutput("err", IsTruncated: true, "abc")) { Error = "x" },
        };
        using (var history = Open())
            await history.AddAsync(JournalLine.Done, job);

        using var reopened = Open();

        reopened.Find(1).Should().BeEquivalentTo(job);
        reopened.NewId().Should().Be(2);
    }

    [Test]
    public async Task A_history_that_is_closed_takes_nothing_and_keeps_nobody_waiting()
    {
        var history = Open();
        history.Dispose();

        for (var id = 1; id <= 2; id++)
            await FluentActions.Awaiting(() => history.AddAsync(JournalLine.Created, New(id))).Should().ThrowAsync<JobHistoryException>();

        using var reopened = Open();
        reopened.Count.Should().Be(0);
        history.Dispose();
    }

    [Test]
    public void The_history_is_readable_only_by_its_owner()
    {
        Open().Dispose();

        File.GetUnixFileMode(_folder["jobs"]).Should().Be(LineJournal.OwnerOnlyDirectory);
        File.GetUnixFileMode(_folder["jobs/results"]).Should().Be(LineJournal.OwnerOnlyDirectory);
        File.GetUnixFileMode(Journal).Should().Be(LineJournal.OwnerOnlyFile);
    }

    [Test]
    public async Task A_line_that_is_torn_at_any_byte_costs_itself_and_nothing_else()
    {
        using (var history = Open())
        {
            await history.AddAsync(JournalLine.Created, New(1));
            await history.AddAsync(JournalLine.Created, New(2));
        }

        var whole = File.ReadAllBytes(Journal);
        var lastLine = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
        for (var length = lastLine; length < whole.Length; length++)
        {
            File.WriteAllBytes(Journal, whole[..length]);
            using (var torn = Open())
            {
                torn.All().Select(job => job.Id).Should().Equal(length < whole.Length - 1 ? [1] : [1, 2], "of {0} bytes", length);
                await torn.AddAsync(JournalLine.Created, New(3));
            }

            using var reopened = Open();
            reopened.All().Select(job => job.Id).Should().Contain([1, 3], "of {0} bytes", length);
        }

        _log.Warnings.Should().NotBeEmpty().And.OnlyContain(line => line.Contains("1 damaged line"));
    }

    [TestCase("garbage")]
    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("[1]")]
    [TestCase("{\"event\":\"created\",\"id\":9,\"job\":{}}")]
    [TestCase("{\"event\":\"created\",\"id\":9,\"job\":{\"id\":9,\"request\":null,\"created\":\"2016-08-09T18:31:42Z\"}}")]
    [TestCase("{\"event\":\"created\",\"id\":9,\"job\":{\"id\":8,\"request\":{\"command\":\"x\"},\"created\":\"2016-08-09T18:31:42Z\"}}")]
    [TestCase("{\"event\":\"next\",\"id\":-9}")]
    [TestCase("\0\0\0\0")]
    public async Task A_damaged_line_in_the_middle_is_passed_over(string damaged)
    {
        using (var history = Open())
        {
            await history.AddAsync(JournalLine.Created, New(1));
            await history.AddAsync(JournalLine.Created, New(2));
        }

        var lines = File.ReadAllLines(Journal);
        File.WriteAllLines(Journal, [lines[0], lines[1], damaged, lines[2]]);
        using var reopened = Open();

        reopened.All().Select(job => job.Id).Should().Equal(1, 2);
        _log.Warnings.Should().ContainSingle();
    }

    [Test]
    public async Task A_number_is_never_used_again()
    {
        using (var history = Open())
        {
            await history.AddAsync(JournalLine.Created, New(history.NewId()));
            await history.AddAsync(JournalLine.Created, New(history.NewId()));
            (await history.ForgetAsync(2)).Should().BeTrue();
            (await history.ForgetAsync(1)).Should().BeTrue();
            (await history.ForgetAsync(1)).Should().BeFalse();
        }

        using (var history = Open())
        {
            for (var i = 0; i < JobHistory.MaxDeadLines; i++) // enough for a compaction
                await history.AddAsync(JournalLine.Created, New(3));
            await history.ForgetAsync(3);
        }

        using var reopened = Open();
        reopened.All().Should().BeEmpty();
        File.ReadAllLines(Journal).Length.Should().BeLessThan(10, "it was compacted");
        reopened.NewId().Should().Be(4);
    }

    [Test]
    public async Task While_it_runs_it_is_compacted_too_and_loses_nothing()
    {
        using var history = Open();
        for (var change = 0; change < 3; change++)
            await Task.WhenAll(Enumerable.Range(1, 900).Select(id => history.AddAsync(JournalLine.Created, New(id))));

        history.Dispose(); // waits for the compaction
        File.ReadAllLines(Journal).Length.Should().BeInRange(901, 901 + 1001);
        File.GetUnixFileMode(Journal).Should().Be(LineJournal.OwnerOnlyFile);
        using var reopened = Open();
        reopened.All().Should().BeEquivalentTo(Enumerable.Range(1, 900).Select(id => New(id)));
    }

    [Test]
    public async Task Long_texts_lie_in_files_of_their_own_and_go_with_the_result()
    {
        var result = new JobResult(Then, TimeSpan.Zero, new JobOutput(new string('я', 5000)), new JobOutput("short"));
        using (var history = Open())
        {
            var heads = await history.Results.SaveAsync(1, result);
            heads.Stdout.Text.Should().Be(new string('я', 512));
            heads.Stderr.Should().Be(result.Stderr);
            await history.AddAsync(JournalLine.Done, New(1) with { IsDone = true, Result = heads });
            await history.Results.SaveAsync(2, result); // a crash before the journal was written
        }

        File.WriteAllText(_folder["jobs/results/3.json.17.new"], "half");
        using var reopened = Open();
        (await reopened.Results.LoadAsync(1, reopened.Find(1)!.Result!)).Should().BeEquivalentTo(result);
        Directory.GetFiles(_folder["jobs/results"]).Should().Equal(_folder["jobs/results/1.json"]);
        await reopened.ForgetAsync(1);
        Directory.GetFiles(_folder["jobs/results"]).Should().BeEmpty();
    }

    [Test]
    public void Two_cannot_use_it_at_a_time()
    {
        using var history = Open();

        this.Invoking(_ => Open()).Should().Throw<JobHistoryException>();
    }

    [Test]
    public async Task A_forgotten_job_does_not_come_back()
    {
        using (var history = Open())
        {
            await history.AddAsync(JournalLine.Created, New(1));
            await Task.WhenAll(history.ForgetAsync(1), history.RecordAsync(JournalLine.Started, New(1)), history.RecordAsync(JournalLine.Done, New(1)));
            (await history.RecordAsync(JournalLine.ResultDeleted, New(1))).Should().BeFalse();
            (await history.RecordAsync(JournalLine.Done, New(2))).Should().BeFalse("there was none");
            (await history.ForgetAsync(1)).Should().BeFalse();
            history.All().Should().BeEmpty();
        }

        using var reopened = Open();
        reopened.All().Should().BeEmpty();
        reopened.NewId().Should().Be(2);
    }

    [Test]
    public async Task A_compaction_that_fails_loses_nothing_that_comes_later()
    {
        using (var history = Open())
        {
            Directory.CreateDirectory($"{Journal}.{Environment.ProcessId}.new"); // blocks the temporary file
            for (var change = 0; change < 3; change++)
                await Task.WhenAll(Enumerable.Range(1, 900).Select(id => history.AddAsync(JournalLine.Created, New(id))));
            await history.AddAsync(JournalLine.Created, New(901));
        }

        _log.All.Should().Contain(line => line.Contains("the job history could not be compacted"));
        Directory.Delete($"{Journal}.{Environment.ProcessId}.new");
        using var reopened = Open();
        reopened.All().Should().HaveCount(901);
    }

    private static Job New(long id) => new(id, new JobRequest($"echo {id}"), Then);

    private JobHistory Open() => JobHistory.Open(_folder["jobs"], durable: false, _log.Logger);
}
