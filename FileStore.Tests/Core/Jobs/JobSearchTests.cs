using FileStore.Core.Jobs;
using FluentAssertions;

namespace FileStore.Tests.Core.Jobs;

[TestFixture]
public sealed class JobSearchTests
{
    private static readonly DateTimeOffset Noon = new(2016, 8, 9, 12, 0, 0, TimeSpan.Zero);

    private static readonly Job[] Jobs =
    [
        Done(1, "ls -l", exitCode: 0, seconds: 3),
        Done(2, "Make all", exitCode: 2, seconds: 1),
        Done(3, "ls", exitCode: null, seconds: 2),
        New(4, "make ALL"),
        New(5, "cat"),
        Done(6, "ls", exitCode: 0, seconds: 1) with { Result = null }, // its result was deleted
    ];

    private static object[] Conditions { get; } =
    [
        new object[] { new JobSearch(), new long[] { 1, 2, 3, 4, 5, 6 } },
        new object[] { new JobSearch { Text = "LS" }, new long[] { 1, 3, 6 } },
        new object[] { new JobSearch { Text = "" }, new long[] { 1, 2, 3, 4, 5, 6 } },
        new object[] { new JobSearch { Command = "LS" }, new long[] { 3, 6 } },
        new object[] { new JobSearch { Command = "make all" }, new long[] { 2, 4 } },
        new object[] { new JobSearch { IsDone = true }, new long[] { 1, 2, 3, 6 } },
        new object[] { new JobSearch { IsDone = false }, new long[] { 4, 5 } },
        new object[] { new JobSearch { ExitCode = 0 }, new long[] { 1 } },
        new object[] { new JobSearch { Text = "l", IsDone = false }, new long[] { 4 } },
        new object[] { new JobSearch { CreatedAfter = Noon.AddMinutes(4) }, new long[] { 5, 6 } },
        new object[] { new JobSearch { CreatedBefore = Noon.AddMinutes(2) }, new long[] { 1 } },
        new object[] { new JobSearch { CreatedAfter = Noon.AddMinutes(1), CreatedBefore = Noon.AddMinutes(4) }, new long[] { 2, 3 } },
        new object[] { new JobSearch { IsDescending = true }, new long[] { 6, 5, 4, 3, 2, 1 } },
        new object[] { new JobSearch { Order = JobOrder.Command }, new long[] { 2, 5, 3, 6, 1, 4 } },
        new object[] { new JobSearch { Order = JobOrder.Command, IsDescending = true }, new long[] { 4, 1, 6, 3, 5, 2 } },
        new object[] { new JobSearch { Order = JobOrder.ExitCode }, new long[] { 1, 2, 3, 4, 5, 6 } },
        new object[] { new JobSearch { Order = JobOrder.ExitCode, IsDescending = true }, new long[] { 2, 1, 6, 5, 4, 3 } },
        new object[] { new JobSearch { Order = JobOrder.Duration }, new long[] { 2, 3, 1, 4, 5, 6 } },
        new object[] { new JobSearch { Order = JobOrder.Completed, IsDescending = true }, new long[] { 1, 3, 2, 6, 5, 4 } },
    ];

    [TestCaseSource(nameof(Conditions))]
    public void These_are_found_in_this_order(JobSearch search, long[] expected) =>
        search.Find(Jobs).Jobs.Select(job => job.Id).Should().Equal(expected);

    [TestCase(0, 2, 1, 2)]
    [TestCase(2, 2, 3, 4)]
    [TestCase(5, 2, 6)]
    [TestCase(6, 2)]
    [TestCase(int.MaxValue, 1)]
    public void A_page_is_a_part_and_tells_how_many_there_are(int offset, int limit, params int[] expected)
    {
        var page = new JobSearch { Offset = offset, Limit = limit }.Find(Jobs);

        page.Jobs.Select(job => (int)job.Id).Should().Equal(expected);
        page.Total.Should().Be(6);
    }

    [TestCase("ПРИВЕТ", "echo привет")]
    [TestCase("привет", "echo ПРИВЕТ")]
    [TestCase("ΟΔΟΣ", "echo οδος", Description = "with final sigma")]
    [TestCase("οδοσ", "echo οδος")]
    [TestCase("𐐀𐐁", "echo 𐐨𐐩", Description = "Deseret, beyond the BMP")]
    [TestCase("𐐨", "echo 𐐀")]
    [TestCase("straße", "echo STRAßE")]
    [TestCase("ß", "echo ẞ")]
    [TestCase("ԱՅԲ", "echo այբ")]
    [TestCase("😀", "echo 😀")]
    public void Case_does_not_count_in_any_script(string text, string command)
    {
        Found(text, command).Should().BeTrue();
        new JobSearch { Command = $"ECHO {text}" }.Find([New(1, command)]).Total.Should().Be(command.Length == text.Length + 5 ? 1 : 0);
    }

    [TestCase("ss", "echo ß", Description = "one letter is not two")]
    [TestCase("е", "echo e", Description = "Cyrillic is not Latin")]
    [TestCase("%", "echo x")]
    [TestCase(".*", "echo x")]
    public void Other_letters_are_not_found(string text, string command) => Found(text, command).Should().BeFalse();

    private static bool Found(string text, string command) => new JobSearch { Text = text }.Find([New(1, command)]).Total == 1;

    private static Job New(long id, string command) => new(id, new JobRequest(command), Noon.AddMinutes(id));

    private static Job Done(long id, string command, int? exitCode, int seconds) => New(id, command) with
    {
        IsDone = true,
        Result = new JobResult(Noon.AddSeconds(seconds), TimeSpan.FromSeconds(seconds), new JobOutput(""), new JobOutput("")) { ExitCode = exitCode },
    };
}
