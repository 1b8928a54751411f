using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[Category("Quick")]
public sealed class MethodStories(string engine) : DaemonFixture(engine)
{
    private const string AFile = "/files/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private static object[] Paths { get; } =
    [
        new object[] { "/", new[] { "DELETE", "GET", "HEAD", "OPTIONS", "POST" } },
        new object[] { "/files", new[] { "GET", "HEAD", "OPTIONS", "POST" } },
        new object[] { AFile, new[] { "DELETE", "GET", "HEAD", "OPTIONS", "PUT" } },
        new object[] { "/healthz", new[] { "GET", "HEAD", "OPTIONS" } },
    ];

    private static string[] Methods { get; } =
    [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "QUERY", "M-SEARCH", "X!#$%&'*+-.^_`|~9",
        "get", "head", "post", "put", "delete", "options", "Get", "POSTX", "CONNECT",
    ];

    [TestCaseSource(nameof(Paths))]
    public void Options_tells_what_a_path_takes(string path, string[] methods)
    {
        var answer = Daemon.Ask($"OPTIONS {path} HTTP/1.1\r\nHost: h\r\n\r\n")!;

        answer.Status.Should().Be(200);
        answer.Body.Should().BeEmpty();
        answer.Field("Content-Length").Should().Be("0");
        answer.Field("Allow")!.Split(", ").Should().BeEquivalentTo(methods);
    }

    [Test]
    public void Options_of_the_server_is_answered()
    {
        var answer = Daemon.Ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")!;

        answer.Status.Should().Be(200);
        answer.Field("Allow")!.Split(", ").Should().BeEquivalentTo("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT");
    }

    [TestCaseSource(nameof(Paths))]
    public void Any_other_method_is_told_the_right_ones(string path, string[] methods)
    {
        foreach (var method in Methods.Except(methods))
        {
            var answer = Daemon.Ask($"{method} {path} HTTP/1.1\r\nHost: h\r\n\r\n");

            answer.Should().NotBeNull(method);
            answer!.Status.Should().Be(405, "of {0} {1}, whose answer is {2}", method, path, answer.Text);
            answer.ShouldBeProblem(405).Field("Allow")!.Split(", ").Should().BeEquivalentTo(methods);
        }
    }

    [TestCase("/nowhere")]
    [TestCase("/files/")]
    [TestCase("/files/a/b")]
    [TestCase("//")]
    [TestCase("//files")]
    [TestCase("/FILES")]
    [TestCase("/healthz/")]
    [TestCase("/./files")]
    [TestCase("/files%2f")]
    [TestCase("/%2e%2e/%2e%2e/etc/passwd")]
    [TestCase("/index.html")]
    [TestCase("/%20")]
    public void An_unknown_path_is_not_found_for_any_method(string path)
    {
        foreach (var method in (string[])["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get"])
        {
            Daemon.Ask($"{method} {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").ShouldBeProblem(404);
        }
    }

    [Test]
    public async Task No_answer_is_204()
    {
        var hash = await StoreAsync([1]);
        foreach (var (method, target) in ((string, string)[])
            [("OPTIONS", "/"), ("GET", "/files"), ("GET", $"/files/{hash}"), ("DELETE", $"/?file_hash={hash}"), ("DELETE", $"/?file_hash={hash}"), ("OPTIONS", "*")])
            Daemon.Ask($"{method} {target} HTTP/1.1\r\nHost: h\r\n\r\n")!.Status.Should().NotBe(204);
    }

    [Test]
    public async Task Every_answer_has_an_id_of_its_own_and_is_not_sniffed()
    {
        var hash = await StoreAsync([1]);
        var ids = new HashSet<string>();
        foreach (var target in (string[])["/", "/files", $"/files/{hash}", "/files/x", "/nowhere", "/healthz"])
        {
            foreach (var method in (string[])["GET", "HEAD", "OPTIONS", "PATCH"])
            {
                using var answer = await Client.SendAsync(method, target);

                answer.Field("X-Content-Type-Options").Should().Be("nosniff");
                ids.Add(answer.Field("X-Request-Id")!).Should().BeTrue();
                answer.Field("Date").Should().NotBeNull();
            }
        }
    }
}
