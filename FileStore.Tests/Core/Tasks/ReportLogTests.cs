using FileStore.Core.Primitives;
using FileStore.Core.Tasks;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Tasks;

[TestFixture]
public sealed class ReportLogTests
{
    private static readonly DateTimeOffset Then = new(2016, 8, 9, 20, 31, 42, 201, TimeSpan.FromHours(2));

    private TempFolder _folder;
    private LoggedLines _log;

    private string Journal => _folder["tasks/reports.jsonl"];

    [SetUp]
    public void MakeFolder() => (_folder, _log) = (new TempFolder(), new LoggedLines());

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task The_first_report_makes_a_file_that_only_its_owner_can_read()
    {
        using var reports = Open();
        (await reports.ListAsync(0, 10)).Should().BeEquivalentTo(new ReportPage([], 0));
        Directory.Exists(_folder["tasks"]).Should().BeFalse();

        await reports.AddAsync(New(1));

        File.GetUnixFileMode(_folder["tasks"]).Should().Be(LineJournal.OwnerOnlyDirectory);
        File.GetUnixFileMode(Journal).Should().Be(LineJournal.OwnerOnlyFile);
    }

    [TestCase("report.pdf", "application/pdf")]
    [TestCase(null, null)]
    [TestCase("отчёт за май 😀.pdf", "text/plain; charset=\"x\"")]
    [TestCase("a\0\u0001\n\"\\\u007f\u2028\u202e../..", "")]
    public async Task All_that_is_known_of_a_report_is_known_after_a_restart(string? fileName, string? contentType)
    {
        var report = Report.Of(new TaskItem(7, "имя\"\n"), Then, fileName, contentType, 5, Bytes.Sha256([1]), ["один", "two"]);
        using (var reports = Open())
            await reports.AddAsync(report);

        using var reopened = Open();

        (await reopened.ListAsync(0, 10)).Reports.Should().ContainSingle().Which.Should().BeEquivalentTo(report);
        report.Received.Should().Be("2016-08-09T18:31:42.201Z");
        report.Status.Should().Be("FAILED");
        File.ReadAllLines(Journal).Should().ContainSingle();
    }

    [Test]
    public void Of_a_name_that_no_file_can_have_the_beginning_is_kept()
    {
        var report = Report.Of(new TaskItem(1, "a"), Then, new string('x', 999) + "😀" + new string('y', 20_000), new string('z', 5000), 1, Bytes.Sha256([1]), []);

        report.FileName.Should().Be(new string('x', 999), "half a letter is none");
        report.ContentType.Should().HaveLength(1000);
    }

    [TestCase(0, 1, 5000)]
    [TestCase(0, 1000, 5000)]
    [TestCase(4000, 1000, 1000)]
    [TestCase(4999, 1000, 1)]
    [TestCase(4990, 3, 10)]
    [TestCase(5000, 10, 0)]
    [TestCase(int.MaxValue, 1000, 0)]
    public async Task Pages_begin_with_the_newest_wherever_they_lie_among_thousands(int offset, int limit, int newest)
    {
        Directory.CreateDirectory(_folder["tasks"]);
        File.WriteAllLines(Journal, Enumerable.Range(1, 5000).SelectMany(size => size % 100 == 0 ? [Line(size), "garbage"] : new[] { Line(size) }));
        using var reports = Open();

        var page = await reports.ListAsync(offset, limit);

        page.Total.Should().Be(5000);
        page.Reports.Select(report => report.Size).Should().Equal(Enumerable.Range(0, limit).Select(i => (long)newest - i).Where(size => size > 0));
        _log.Warnings.Should().ContainSingle().Which.Should().Contain("50 damaged lines");
    }

    [Test]
    public async Task A_line_that_is_torn_at_any_byte_costs_itself_and_nothing_else()
    {
        using (var reports = Open())
        {
            await reports.AddAsync(New(1));
            await reports.AddAsync(New(2));
        }

        var whole = File.ReadAllBytes(Journal);
        for (var length = whole.Length / 2; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(Journal, whole[..length]);
            using (var torn = Open())
            {
                (await SizesAsync(torn)).Should().Equal(length == whole.Length - 1 ? [2L, 1L] : [1L], "of {0} bytes", length);
                await torn.AddAsync(New(3));
                (await SizesAsync(torn)).Should().StartWith([3L]).And.EndWith([1L]);
            }

            using var reopened = Open();
            (await SizesAsync(reopened)).Should().StartWith([3L]).And.EndWith([1L]);
        }
    }

    [TestCase("garbage")]
    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("[1]")]
    [TestCase("\0\0\0\0")]
    [TestCase("{\"id\":0,\"name\":\"a\",\"received\":\"x\",\"file_name\":null,\"content_type\":null,\"size\":1,\"file_hash\":\"h\",\"errors\":[]}")]
    [TestCase("{\"id\":1,\"name\":null,\"received\":\"x\",\"file_name\":null,\"content_type\":null,\"size\":1,\"file_hash\":\"h\",\"errors\":[]}")]
    [TestCase("{\"id\":1,\"name\":\"a\",\"received\":\"x\",\"file_name\":null,\"content_type\":null,\"size\":1,\"file_hash\":\"h\"}")]
    public async Task A_damaged_line_is_passed_over(string damaged)
    {
        Directory.CreateDirectory(_folder["tasks"]);
        File.WriteAllLines(Journal, [Line(1), damaged, Line(2)]);
        using var reports = Open();

        (await SizesAsync(reports)).Should().Equal(2L, 1L);
        _log.Warnings.Should().ContainSingle();
    }

    [Test]
    public async Task A_change_to_the_file_is_seen_and_a_removed_file_is_made_again()
    {
        using var reports = Open();
        await reports.AddAsync(New(1));

        File.AppendAllText(Journal, Line(2) + "\n");
        (await SizesAsync(reports)).Should().Equal(2L, 1L);
        Directory.Delete(_folder["tasks"], recursive: true);
        (await SizesAsync(reports)).Should().BeEmpty();
        await reports.AddAsync(New(3));
        (await SizesAsync(reports)).Should().Equal(3L);
        File.WriteAllText(Journal, "");
        await reports.AddAsync(New(4));

        File.ReadAllLines(Journal).Should().ContainSingle().Which.Should().Contain("\"size\":4,");
    }

    [Test]
    public async Task Many_at_once_are_all_there_once()
    {
        using (var reports = Open())
            await Task.WhenAll(Enumerable.Range(1, 200).Select(size => reports.AddAsync(New(size))));

        using var reopened = Open();
        (await SizesAsync(reopened)).Should().BeEquivalentTo(Enumerable.Range(1, 200).Select(size => (long)size));
    }

    [Test]
    public async Task Two_cannot_use_the_folder_at_a_time()
    {
        using var reports = Open();
        await reports.AddAsync(New(1));

        this.Invoking(_ => Open()).Should().Throw<ReportsException>().WithMessage("another process*");
    }

    [Test]
    public async Task To_look_at_a_list_makes_nothing()
    {
        using var reports = Open();
        Directory.CreateDirectory(_folder["tasks"]);

        (await reports.ListAsync(0, 10)).Total.Should().Be(0);

        Directory.EnumerateFileSystemEntries(_folder["tasks"]).Should().BeEmpty();
    }

    [Test]
    public async Task A_file_in_place_of_the_folder_is_a_fault_at_the_start_and_later()
    {
        using var early = Open();
        ReportLog.Validate(_folder["tasks"]).Should().BeNull();
        File.WriteAllText(_folder["tasks"], "");

        ReportLog.Validate(_folder["tasks"]).Should().Contain("not a directory");
        this.Invoking(_ => Open()).Should().Throw<ReportsException>();
        await early.Invoking(reports => reports.AddAsync(New(1))).Should().ThrowAsync<ReportsException>();
        File.Delete(_folder["tasks"]);
        await early.AddAsync(New(2));
        (await SizesAsync(early)).Should().Equal(2L);
    }

    [Test, NeedsRoot]
    public async Task A_report_that_finds_the_disk_full_is_not_recorded_and_the_next_one_is()
    {
        using var disk = Mounted.Tmpfs("1m");
        using var reports = ReportLog.Open(disk["tasks"], durable: true, _log.Logger);
        await reports.AddAsync(New(1));
        var large = New(2) with { Name = new string('x', 2 << 20) };

        (await reports.Invoking(full => full.AddAsync(large)).Should().ThrowAsync<ReportsException>()).Which.IsDiskFull.Should().BeTrue();

        (await SizesAsync(reports)).Should().Equal(1L);
        await reports.AddAsync(New(3));
        (await SizesAsync(reports)).Should().Equal(3L, 1L);
        _log.Warnings.Should().BeEmpty();
    }

    private static async Task<IEnumerable<long>> SizesAsync(ReportLog reports) => (await reports.ListAsync(0, 1000)).Reports.Select(report => report.Size);

    private static Report New(long size) => Report.Of(new TaskItem(1, "vuln scan"), Then, "r.pdf", null, size, Bytes.Sha256([1]), []);

    private static string Line(long size) => System.Text.Encoding.UTF8.GetString(New(size).ToLine()).TrimEnd('\n');

    private ReportLog Open() => ReportLog.Open(_folder["tasks"], durable: false, _log.Logger);
}
