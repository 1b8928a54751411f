using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Rules;

/// <summary>The scripts that users run.</summary>
public sealed class ShellTests
{
    [TestCase("setup_systemd.sh")]
    [TestCase("filestore")]
    [TestCase("test.sh")]
    [TestCase(".ci/run")]
    [TestCase("bench/run.sh")]
    public void Shellcheck_finds_nothing_in(string script)
    {
        var path = Path.Combine(Repository.Root, script);

        var result = Command.Run("/", "shellcheck", "--shell=bash", "--external-sources", $"--source-path={Repository.Root}", path);

        result.Output.Should().BeEmpty();
        File.ReadAllText(path).Should().NotContain("shellcheck disable");
    }
}
