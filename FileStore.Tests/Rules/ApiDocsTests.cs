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

    [Test]
    public void Every_route_has_a_section()
    {
        var text = Read(Api);

        ProgramRoutes.All.Should().Contain(route => route.Pattern == "/files/{hash}").And.HaveCountGreaterThan(20, "these are the program's");
        ProgramRoutes.All.Where(route => !HasHeading(text, route.Method, route.Pattern)).Select(route => $"`{route.Method} {route.Pattern}`")
            .Should().BeEmpty($"each has a heading in {Api}");
    }

    [Test]
    public void Every_setting_is_named_in_each_of_its_spellings()
    {
        var text = Read(Operations);

        Spellings().Should().Contain(["--port", "FILESTORE_PORT", "port"]);
        Spellings().Where(spelling => !HasCode(text, spelling)).Should().BeEmpty($"{Operations} names each, as code");
    }

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

    private static IEnumerable<string> Spellings() =>
        from name in OptionsLoader.Definitions.Select(setting => setting.Name).Concat(["home", "config"])
        let setting = OptionsLoader.Definitions.FirstOrDefault(setting => setting.Name == name)
        from spelling in (string?[])[setting?.IsFlag == false ? null : $"--{name}", OptionDefinition.EnvironmentNameOf(name), setting?.ConfigKey]
        where spelling is not null // home and config say where the file is, so they cannot stand in it; some are no flags
        select spelling;

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
