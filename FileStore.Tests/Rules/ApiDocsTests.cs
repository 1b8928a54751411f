using System.Text.RegularExpressions;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Options;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Rules;

/// <summary>Every route and every setting is documented.</summary>
[TestFixture]
public sealed class ApiDocsTests
{
    private const string Api = "docs/api.md";
    private const string Operations = "docs/operations.md";

    /// <summary>The routes, with what can be configured of their paths as it is by default.</summary>
    private static IEnumerable<TestCaseData> Routes() => ProgramRoutes.All.Select(route => new TestCaseData(route.Method, route.Pattern));

    private static IEnumerable<TestCaseData> Spellings() =>
        from name in OptionsLoader.Definitions.Select(setting => setting.Name).Concat(["home", "config"])
        let setting = OptionsLoader.Definitions.FirstOrDefault(setting => setting.Name == name)
        from spelling in (string?[])[setting?.IsFlag == false ? null : $"--{name}", OptionDefinition.EnvironmentNameOf(name), setting?.ConfigKey]
        where spelling is not null // home and config say where the file is, so they cannot stand in it; some are no flags
        select new TestCaseData(spelling);

    [TestCaseSource(nameof(Routes))]
    public void A_route_has_a_section(string method, string pattern) => HasHeading(Read(Api), method, pattern)
        .Should().BeTrue($"{Api} should have a heading with `{method} {pattern}`");

    [TestCaseSource(nameof(Spellings))]
    public void A_setting_is_named_in_each_of_its_spellings(string spelling) => HasCode(Read(Operations), spelling)
        .Should().BeTrue($"{Operations} should name {spelling}, as code");

    [Test]
    public void The_routes_were_found() => Routes().Select(route => $"{route.Arguments[0]} {route.Arguments[1]}")
        .Should().Contain(["POST /", "GET /files/{hash}", "GET /xyz/api/cleaner/tasks", "GET /healthz"]).And.OnlyHaveUniqueItems();

    [TestCase("### `POST /`", true)]
    [TestCase("text\n## `POST /` and `PUT /x`\ntext", true)]
    [TestCase("`POST /` in a sentence", false)]
    [TestCase("### `POST /files`", false)]
    [TestCase("### POST /", false)]
    [TestCase("", false)]
    public void A_missing_section_would_be_seen(string text, bool has) => HasHeading(text, "POST", "/").Should().Be(has);

    [TestCase("| `--port` | `FILESTORE_PORT` |", "--port", true)]
    [TestCase("filestore start --port 9000", "--port", true)]
    [TestCase("`--port-x`", "--port", false)]
    [TestCase("{ \"port\": 9000 }", "port", true)]
    [TestCase("| `port` |", "port", true)]
    [TestCase("the port is free", "port", false)]
    [TestCase("`FILESTORE_PORTS`", "FILESTORE_PORT", false)]
    public void A_missing_spelling_would_be_seen(string text, string spelling, bool has) => HasCode(text, spelling).Should().Be(has);

    private static bool HasHeading(string text, string method, string pattern) => text.Split('\n')
        .Any(line => line.StartsWith('#') && line.Contains($"`{method} {pattern}`", StringComparison.Ordinal));

    /// <summary>A key of the file is an ordinary word, so only quotes of some kind tell it from one.</summary>
    private static bool HasCode(string text, string spelling) => spelling.StartsWith("--", StringComparison.Ordinal) || spelling.StartsWith("FILESTORE_", StringComparison.Ordinal)
        ? Regex.IsMatch(text, $@"(?<![\w-]){Regex.Escape(spelling)}(?![\w-])")
        : Regex.IsMatch(text, $@"[`""]{Regex.Escape(spelling)}[`""]");

    private static string Read(string path)
    {
        File.Exists(Path.Join(Repository.Root, path)).Should().BeTrue($"{path} should exist");
        return File.ReadAllText(Path.Join(Repository.Root, path));
    }
}
