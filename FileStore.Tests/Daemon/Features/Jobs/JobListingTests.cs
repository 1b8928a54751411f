using FileStore.Core.Jobs;
using FileStore.Daemon.Features.Jobs;
using FileStore.Daemon.Http;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Features.Jobs;

[TestFixture]
public sealed class JobListingTests
{
    private static readonly DateTimeOffset Then = new(2016, 8, 9, 18, 31, 42, 201, TimeSpan.Zero);

    private static object[] Searches { get; } =
    [
        new object[] { "", new JobSearch() },
        new object[] { "?", new JobSearch() },
        new object[] { "?q=%D0%9F%D1%80+x", new JobSearch { Text = "Пр x" } },
        new object[] { "?q=", new JobSearch { Text = "" } },
        new object[] { "?command=ls%20-l&done=true", new JobSearch { Command = "ls -l", IsDone = true } },
        new object[] { "?done=false&exit_code=7", new JobSearch { IsDone = false, ExitCode = 7 } },
        new object[] { "?created_after=2016-08-09T18:31:42.201Z", new JobSearch { CreatedAfter = Then } },
        new object[] { "?created_before=2016-08-09T18:31:42.201", new JobSearch { CreatedBefore = Then } },
        new object[] { "?created_before=2016-08-09T21:31:42.201%2B03:00", new JobSearch { CreatedBefore = Then } },
        new object[] { "?created_after=2016-08-09", new JobSearch { CreatedAfter = new(2016, 8, 9, 0, 0, 0, TimeSpan.Zero) } },
        new object[] { "?created_after=2016-08-09T18:31:42.201000000Z", new JobSearch { CreatedAfter = Then } },
        new object[] { "?created_after=2016-08-09T18:31:42.2010000000000000000000001Z", new JobSearch { CreatedAfter = Then } },
        new object[] { "?created_after=2016-08-09T18:31:42.201123456Z", new JobSearch { CreatedAfter = Then.AddTicks(1234) } },
        new object[] { "?created_before=2016-08-09t18:31:42.201z", new JobSearch { CreatedBefore = Then } },
        new object[] { "?created_before=2016-08-09%2018:31:42.201z", new JobSearch { CreatedBefore = Then } },
        new object[] { "?created_before=2016-08-09T13:01:42.201000-05:30", new JobSearch { CreatedBefore = Then } },
        new object[] { "?created_before=2016-08-10T18:30:42.201-00:00", new JobSearch { CreatedBefore = Then.AddDays(1).AddMinutes(-1) } },
        new object[] { "?created_before=2016-08-10T18:30:42.201%2B23:59", new JobSearch { CreatedBefore = Then } },
        new object[] { "?created_after=2016-12-31T23:59:60Z", new JobSearch { CreatedAfter = new(2017, 1, 1, 0, 0, 0, TimeSpan.Zero) } },
        new object[] { "?created_after=0001-01-01T00:00:00%2B01:00", new JobSearch { CreatedAfter = DateTimeOffset.MinValue } },
        new object[] { "?created_after=2016-08-09T18:31", new JobSearch { CreatedAfter = new(2016, 8, 9, 18, 31, 0, TimeSpan.Zero) } },
        new object[] { "?limit=10000&offset=5", new JobSearch { Limit = 10_000, Offset = 5 } },
        new object[] { "?sort=-exit_code", new JobSearch { Order = JobOrder.ExitCode, IsDescending = true } },
        new object[] { "?sort=completed", new JobSearch { Order = JobOrder.Completed } },
    ];

    [TestCaseSource(nameof(Searches))]
    public void A_query_is_a_search(string query, JobSearch search) => Parse(query).Should().Be(search);

    [TestCase("?done=TRUE", "done")]
    [TestCase("?done=", "done")]
    [TestCase("?done=1", "done")]
    [TestCase("?exit_code=-1", "exit_code")]
    [TestCase("?exit_code=x", "exit_code")]
    [TestCase("?exit_code=99999999999", "exit_code")]
    [TestCase("?created_after=yesterday", "created_after")]
    [TestCase("?created_after=2016-08-09T21:31:42+03:00", "created_after", Description = "a '+' is a space")]
    [TestCase("?created_before=09/08/2016", "created_before")]
    [TestCase("?created_before=2016-13-09", "created_before")]
    [TestCase("?created_before=2016-08-09T18:31:61Z", "created_before")]
    [TestCase("?created_before=2016-08-09T24:00:00Z", "created_before")]
    [TestCase("?created_before=2016-08-09T18:31:42.Z", "created_before")]
    [TestCase("?created_before=2016-08-09T18:31:42%2B24:00", "created_before")]
    [TestCase("?created_before=2016-08-09T18:31:42Z%0A", "created_before")]
    [TestCase("?created_before=2016-02-30", "created_before")]
    [TestCase("?limit=0", "limit")]
    [TestCase("?limit=10001", "limit")]
    [TestCase("?limit=1e3", "limit")]
    [TestCase("?offset=-1", "offset")]
    [TestCase("?offset=", "offset")]
    [TestCase("?sort=", "sort")]
    [TestCase("?sort=--created", "sort")]
    [TestCase("?sort=id", "sort")]
    public void A_faulty_query_is_refused_and_the_parameter_named(string query, string named)
    {
        var problem = FluentActions.Invoking(() => Parse(query)).Should().Throw<ProblemException>().Which.Problem;

        problem.Status.Should().Be(400);
        problem.Detail.Should().Contain(named);
    }

    private static JobSearch Parse(string query) => JobListing.Parse(new FakeExchange("GET", $"/api/jobs{query}").ToRequest());
}
