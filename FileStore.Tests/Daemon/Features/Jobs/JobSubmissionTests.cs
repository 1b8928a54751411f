using System.Text;
using FileStore.Core.Jobs;
using FileStore.Daemon.Features.Jobs;
using FileStore.Daemon.Http;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Features.Jobs;

[TestFixture]
public sealed class JobSubmissionTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static string Long { get; } = new('x', 128 << 10);

    private static object[] Refused { get; } =
    [
        new object[] { "", "JSON" },
        new object[] { "{", "JSON" },
        new object[] { "{'command':'ls'}", "JSON" },
        new object[] { """{"command":"ls",}""", "JSON" },
        new object[] { """{"command":"ls"} x""", "JSON" },
        new object[] { """{"command":"ls","env":{"A":[[[[[[]]]]]]}}""", "JSON" },
        new object[] { new string('[', 100_000), "JSON" },
        new object[] { "[]", "object" },
        new object[] { "null", "object" },
        new object[] { "\"ls\"", "object" },
        new object[] { "{}", "command" },
        new object[] { """{"Command":"ls"}""", "Command" },
        new object[] { """{"command":null}""", "command" },
        new object[] { """{"command":["ls"]}""", "command" },
        new object[] { """{"command":""}""", "command" },
        new object[] { """{"command":" \t\n"}""", "command" },
        new object[] { """{"command":"l\u0000s"}""", "command" },
        new object[] { """{"command":"\ud800"}""", "command" },
        new object[] { """{"command":"ls","command":"ls"}""", "command" },
        new object[] { $$"""{"command":"{{Long}}"}""", "command" },
        new object[] { """{"command":"ls","shell":"/bin/sh"}""", "shell" },
        new object[] { """{"command":"ls","\ud800":1}""", "surrogate" },
        new object[] { """{"command":"ls","cwd":7}""", "cwd" },
        new object[] { """{"command":"ls","cwd":""}""", "cwd" },
        new object[] { """{"command":"ls","cwd":"tmp"}""", "cwd" },
        new object[] { """{"command":"ls","cwd":"/t\u0000"}""", "cwd" },
        new object[] { """{"command":"ls","stdin":true}""", "stdin" },
        new object[] { """{"command":"ls","env":[]}""", "env" },
        new object[] { """{"command":"ls","env":"A=1"}""", "env" },
        new object[] { """{"command":"ls","env":{"":"1"}}""", "env" },
        new object[] { """{"command":"ls","env":{"A=B":"1"}}""", "env" },
        new object[] { """{"command":"ls","env":{"A\u0000":"1"}}""", "env" },
        new object[] { """{"command":"ls","env":{"A":1}}""", "env.A" },
        new object[] { """{"command":"ls","env":{"A":"\u0000"}}""", "env.A" },
        new object[] { """{"command":"ls","env":{"A":"1","A":"2"}}""", "env.A" },
        new object[] { $$"""{"command":"ls","env":{"A":"{{Long}}"} }""", "env.A" },
        new object[] { """{"command":"ls","timeout":"1"}""", "timeout" },
        new object[] { """{"command":"ls","timeout":0}""", "timeout" },
        new object[] { """{"command":"ls","timeout":-1}""", "timeout" },
        new object[] { """{"command":"ls","timeout":3600.1}""", "timeout" },
        new object[] { """{"command":"ls","timeout":1e999}""", "timeout" },
        new object[] { """{"command":"ls","cwd":null,"cwd":"/tmp"}""", "cwd" },
        new object[] { """{"command":"ls","env":{"A":null}}""", "env.A" },
        new object[] { $$"""{"command":"{{new string('x', 131_072)}}"}""", "131071" },
        new object[] { $$"""{"command":"-{{new string('x', 131_070)}}"}""", "131070" },
        new object[] { $$"""{"command":"ls","env":{"AB":"{{new string('x', 131_069)}}"} }""", "env.AB" },
        new object[] { $$"""{"command":"ls","cwd":"/{{new string('x', 4095)}}"}""", "4095" },
        new object[] { """{"command":"ls","timeout":NaN}""", "JSON" },
    ];

    private static object[] Bodies { get; } =
    [
        new object?[] { "application/json", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 0 },
        new object?[] { "Application/JSON; charset=UTF-8", (byte[])[0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("""{"command":"эхо"}""")], 0 },
        new object?[] { "application/json;charset=\"utf-8\"", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 0 },
        new object?[] { "application/json; charset=UTF8", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 0 },
        new object?[] { "application/json; charset=utf8", (byte[])[.. """{"command":" """u8[..12], 0xFD, .. "\"}"u8], 400 },
        new object?[] { "application/json; charset=utf-8; charset=utf-16", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { "application/json; charset=utf-8; x=y; Charset=\"utf-8\"", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { "application/job+json", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 0 },
        new object?[] { "application/json; charset=windows-1251", (byte[])[.. """{"command":" """u8[..12], 0xFD, 0xF5, 0xEE, .. "\"}"u8], 0 },
        new object?[] { "application/json; charset=utf-16", Encoding.Unicode.GetBytes("""{"command":"эхо"}"""), 0 },
        new object?[] { "application/json; charset=koi8-r", (byte[])[.. """{"command":" """u8[..12], 0xDC, 0xC8, 0xCF, .. "\"}"u8], 0 },
        new object?[] { "application/json", (byte[])[.. """{"command":" """u8[..12], 0xFD, .. "\"}"u8], 400 },
        new object?[] { "application/json; charset=us-ascii", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 400 },
        new object?[] { "application/json; charset=klingon", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { "application/json; charset=utf-7", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { null, Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { "", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { "json", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { "text/json", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { "text/plain", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { "application/x-www-form-urlencoded", Encoding.UTF8.GetBytes("""{"command":"эхо"}"""), 415 },
        new object?[] { "application/json", new byte[(1 << 20) + 1], 413 },
        new object?[] { "application/json", Array.Empty<byte>(), 400 },
    ];

    [Test]
    public void Fields_that_are_null_are_ignored() =>
        JobSubmission.Parse("""{"command":"ls","cwd":null,"env":null,"stdin":null,"timeout":null}""", Hour).Should().Be(new JobRequest("ls"));

    [Test]
    public void Words_may_be_as_long_as_the_system_takes()
    {
        JobSubmission.Parse($$"""{"command":"{{new string('x', 131_071)}}"}""", Hour).Command.Should().HaveLength(131_071);
        JobSubmission.Parse($$"""{"command":"-{{new string('x', 131_069)}}"}""", Hour).Command.Should().HaveLength(131_070);
        JobSubmission.Parse($$"""{"command":"{{new string('я', 65_535)}}"}""", Hour).Command.Should().HaveLength(65_535);
        JobSubmission.Parse($$"""{"command":"ls","env":{"AB":"{{new string('x', 131_068)}}"} }""", Hour).Environment!["AB"].Should().HaveLength(131_068);
        JobSubmission.Parse($$"""{"command":"ls","cwd":"/{{new string('x', 4094)}}"}""", Hour).Cwd.Should().HaveLength(4095);
    }

    [TestCaseSource(nameof(Refused))]
    public void A_malformed_job_is_refused_with_the_reason(string text, string named)
    {
        var problem = ProblemOf(() => JobSubmission.Parse(text, Hour));

        problem.Status.Should().Be(400);
        problem.Detail.Should().Contain(named);
    }

    [Test]
    public void Everything_can_be_given() =>
        JobSubmission.Parse("""{"timeout":3600,"stdin":"a\u0000b","env":{"A":"","Б":"=в"},"cwd":"/tmp","command":"echo \"привет\" \ud83d\ude00"}""", Hour)
            .Should().BeEquivalentTo(new JobRequest("echo \"привет\" 😀")
            {
                Cwd = "/tmp",
                Environment = new Dictionary<string, string> { ["A"] = "", ["Б"] = "=в" },
                Stdin = "a\0b",
                Timeout = Hour,
            });

    [TestCaseSource(nameof(Bodies))]
    public async Task The_type_and_its_charset_decide_how_it_is_read(string? type, byte[] body, int refusal)
    {
        foreach (var length in (long?[])[body.Length, null])
        {
            var request = new FakeExchange("POST", "/api/jobs") { Body = new MemoryStream(body), ContentLength = length, HasBody = true }
                .With("Content-Type", type).ToRequest();
            if (refusal == 0)
            {
                (await JobSubmission.ReadAsync(request, Hour)).Command.Should().Be("эхо");
                continue;
            }

            var problem = (await FluentActions.Awaiting(() => JobSubmission.ReadAsync(request, Hour)).Should().ThrowAsync<ProblemException>()).Which.Problem;
            problem.Status.Should().Be(refusal, problem.Detail);
            problem.Headers.Contains(("Accept-Post", "application/json")).Should().Be(refusal == 415);
        }
    }

    private static Problem ProblemOf(Action action) => action.Should().Throw<ProblemException>().Which.Problem;
}
