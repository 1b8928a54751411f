using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>
/// The README and the guides do what they say: the commands of each section, in order, in one fresh clone, on a network of their own.
/// </summary>
[TestFixture, NeedsRoot]
public sealed class ReadmeTests
{
    private const string Building = "filestore: building ...";

    /// <summary>The README, and the guides, whose reader has the clone of the README.</summary>
    private static readonly string[] Documents = ["README.md", "docs/names.md", "docs/exports.md", "docs/jobs.md", "docs/tasks.md", "docs/relay.md"];

    /// <summary>The commands that are not run here, and why.</summary>
    private static readonly (string Begin, string Why)[] NotRun =
    [
        ("sudo ./setup_systemd.sh", "changes the machine; SystemdInstallTests run it on a copy of one"),
        ("bench/run.sh --rounds 1", "takes minutes and installs programs; BenchScriptTests run the script with stubs"),
        ("bench/run.sh --large", "takes 45 minutes"),
    ];

    private FreshClone _clone;
    private NetworkNamespace _network;

    private static IEnumerable<TestCaseData> Titles() =>
        from document in Documents
        from section in Sections(document)
        where Runnable(document, section.Title).Length > 0
        select new TestCaseData(document, section.Title);

    [OneTimeSetUp]
    public void Clone() => (_clone, _network) = (new FreshClone(isBuilt: true), new NetworkNamespace());

    [OneTimeTearDown]
    public void Remove()
    {
        _clone.Dispose();
        _network.Dispose();
    }

    [TearDown]
    public void EndDaemons() => _clone.EndDaemons();

    [TestCaseSource(nameof(Titles))]
    public void A_section_does_what_it_says_and_leaves_nothing_behind(string document, string title)
    {
        var before = _clone.Status();
        var commands = Runnable(document, title).Select(command => command with { Output = [.. command.Output.Where(line => line != Building)] });

        ConsoleSession.Run(_clone.Path, _network.Enter, [.. commands]).Should().BeEmpty();

        _clone.Daemons().Should().BeEmpty("the section stops what it starts");
        _clone.Status().Should().Be(before, "the section removes what it makes");
    }

    [TestCaseSource(nameof(Documents))]
    public void Every_document_shows_commands(string document) => Titles().Select(title => title.Arguments[0]).Should().Contain(document);

    [Test]
    public void The_first_section_starts_stores_fetches_and_stops() =>
        string.Join('\n', Sections("README.md")[0].Commands.Select(command => command.Text))
            .Should().MatchRegex(@"^\./filestore start\b[\s\S]*\ncurl -F [\s\S]*\ncurl .*/files/[\s\S]*\n\./filestore stop$");

    [Test]
    public void Commands_that_are_not_run_stand_in_the_readme_and_show_no_output()
    {
        foreach (var (begin, why) in NotRun)
            Sections("README.md").SelectMany(section => section.Commands).Should().ContainSingle(command => command.Text.StartsWith(begin, StringComparison.Ordinal), why)
                .Which.Output.Should().BeEmpty();
    }

    /// <summary>The page for partners, whose reader is given a daemon and a token.</summary>
    [Test]
    public void The_page_for_partners_does_what_it_says()
    {
        const string Given = """
            mkdir -p demo/tools; seq 100000 | gzip -n > demo/tools/1797242037.gz
            echo '{ "items": [ { "id": 1, "name": "vuln scan", "file": "tools/1797242037.gz" }, { "id": 2, "name": "disinfect" } ],' > demo/tasks.json
            echo '"report": { "contentTypes": ["application/pdf"], "requiredFields": ["host"] } }' >> demo/tasks.json
            TOKEN=$(./filestore token add partner --scope tasks --home demo)
            ./filestore start --home demo --tls adhoc --tasks tasks.json
            echo %PDF-1.4 > report.pdf
            """;
        var commands = Sections("docs/partners.md")
            .SelectMany(section => section.Commands).Where(command => !command.Text.StartsWith("TOKEN=", StringComparison.Ordinal));

        ConsoleSession.Run(_clone.Path, _network.Enter, [.. commands], Given).Should().BeEmpty();

        Command.Run(_clone.Path, "rm", "-r", "demo", "daemon.pem", "report.pdf", "1797242037.gz").ExitCode.Should().Be(0);
    }

    [Test, Category("Long")]
    public void The_first_build_from_nothing_does_what_it_says()
    {
        Assume.That(Command.Run("/", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9000").ExitCode, Is.Not.EqualTo(0), "port 9000 is in use on this machine");
        using var clone = new FreshClone(isBuilt: false);

        // On the machine's own network, as the build fetches packages.
        ConsoleSession.Run(clone.Path, [], Runnable("README.md", "Quick start")).Should().BeEmpty();

        clone.Daemons().Should().BeEmpty();
    }

    private static ShownSection[] Sections(string document) => ConsoleBlocks.Sections(File.ReadAllText(Path.Join(Repository.Root, document)));

    private static ShownCommand[] Runnable(string document, string title) =>
        [.. Sections(document).Single(section => section.Title == title).Commands.Where(command => !NotRun.Any(entry => command.Text.StartsWith(entry.Begin, StringComparison.Ordinal)))];
}
