using System.Text;
using System.Text.Json;
using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

/// <summary>RFC 9457.</summary>
[TestFixture]
public sealed class ProblemTests
{
    [Test]
    public void A_problem_is_json_with_the_members_of_the_standard_and_the_requests_id()
    {
        using var json = JsonDocument.Parse(Problem.NotFound("there is nothing").ToJson("00ff"));

        json.RootElement.EnumerateObject().Select(member => $"{member.Name}={member.Value}").Should()
            .Equal("type=about:blank", "title=Not Found", "status=404", "detail=there is nothing", "request_id=00ff");
        json.RootElement.GetProperty("status").ValueKind.Should().Be(JsonValueKind.Number);
    }

    [Test]
    public void A_problem_without_a_request_has_no_id()
    {
        using var json = JsonDocument.Parse(Problem.NotFound("there is nothing").ToJson(null));

        json.RootElement.TryGetProperty("request_id", out _).Should().BeFalse();
    }

    [Test]
    public void Letters_stand_as_themselves() =>
        Encoding.UTF8.GetString(Problem.BadRequest("имя «ёлка» <b>&'+ 文").ToJson(null)).Should().Contain("имя «ёлка» <b>&'+ 文").And.NotContain("\\u");

    [Test]
    public void Characters_that_JSON_reserves_are_escaped()
    {
        const string awkward = "a \"quote\", a \\, a\nline and \u0001";

        using var json = JsonDocument.Parse(Problem.BadRequest(awkward).ToJson(null));

        json.RootElement.GetProperty("detail").GetString().Should().Be(awkward);
    }

    [TestCase(400, "Bad Request")]
    [TestCase(405, "Method Not Allowed")]
    [TestCase(409, "Conflict")]
    [TestCase(412, "Precondition Failed")]
    [TestCase(413, "Content Too Large")]
    [TestCase(416, "Range Not Satisfiable")]
    [TestCase(422, "Unprocessable Content")]
    [TestCase(503, "Service Unavailable")]
    [TestCase(507, "Insufficient Storage")]
    public void A_title_is_the_name_of_the_status(int status, string title)
    {
        using var json = JsonDocument.Parse(new Problem(status, "why").ToJson(null));

        json.RootElement.GetProperty("title").GetString().Should().Be(title);
    }

    [Test]
    public void Foreseen_failures_have_their_status_and_fields()
    {
        var digest = Bytes.Sha256([]);

        Of(new ProblemException(new Problem(418, "x"))).Should().Be("418");
        Of(new BodyCutException("cut")).Should().Be("400");
        Of(new LimitExceededException(5)).Should().Be("413");
        Of(new DigestMismatchException(digest, digest)).Should().Be("400");
        Of(new BlobStoreException(DiskFault.NoSpace, "/srv")).Should().Be("507");
        Of(new BlobStoreException(DiskFault.Denied, "/srv")).Should().Be("503 Retry-After=60");
        Of(new BlobStoreException(DiskFault.Unavailable, "/srv")).Should().Be("503 Retry-After=10");
    }

    [Test]
    public void Unforeseen_failures_are_not_described_to_clients()
    {
        Problem.For(new BlobStoreException(DiskFault.Failed, "/srv")).Should().BeNull();
        Problem.For(new InvalidOperationException("secret")).Should().BeNull();
        Problem.InternalError("00ff").Status.Should().Be(500);
        Problem.InternalError("00ff").Detail.Should().Contain("00ff");
    }

    [Test]
    public void A_failing_medium_is_told_without_its_path()
    {
        foreach (var fault in new[] { DiskFault.NoSpace, DiskFault.Denied, DiskFault.Unavailable })
            Problem.For(new BlobStoreException(fault, "open '/srv/secret'"))!.Detail.Should().NotContain("/srv");
    }

    [Test]
    public void A_refusal_says_what_would_be_right()
    {
        Problem.TooLarge(500).Detail.Should().Contain("500 bytes").And.Contain("--max-upload");
        Problem.MethodNotAllowed("PATCH", "GET, HEAD").Headers.Should().Equal(("Allow", "GET, HEAD"));
        Problem.RangeNotSatisfiable(17).Headers.Should().Equal(("Content-Range", "bytes */17"), ("Accept-Ranges", "bytes"));
        Problem.Busy("later").Headers.Should().Equal(("Retry-After", "1"));
        Problem.Draining().Headers.Should().Equal(("Retry-After", "5"));
    }

    [Test]
    public async Task A_problem_is_answered_with_its_type_and_fields_and_is_not_cached()
    {
        var exchange = new FakeExchange();

        await exchange.ToRequest().RespondProblemAsync(Problem.RangeNotSatisfiable(17));

        exchange.Status.Should().Be(416);
        exchange.Answer.Should().Contain("Content-Type", "application/problem+json; charset=utf-8").And.Contain("Content-Range", "bytes */17")
            .And.Contain("Cache-Control", "no-store");
        exchange.ResponseLength.Should().Be(exchange.BytesSent).And.BePositive();
        exchange.Text.Should().Contain("\"request_id\":\"0123456789abcdef\"");
    }

    [Test]
    public async Task For_head_a_problem_has_its_length_and_no_body()
    {
        var exchange = new FakeExchange("HEAD");

        await exchange.ToRequest().RespondProblemAsync(Problem.NotFound("there is nothing"));

        exchange.ResponseLength.Should().BePositive();
        exchange.BytesSent.Should().Be(0);
    }

    private static string Of(Exception e)
    {
        var problem = Problem.For(e)!;
        return string.Join(' ', problem.Headers.Select(field => $"{field.Name}={field.Value}").Prepend($"{problem.Status}"));
    }
}
