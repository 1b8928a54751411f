using FileStore.Core.Primitives;
using FileStore.Daemon.Options;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Rules;

/// <summary>The program's namespaces use each other as <see cref="Layers"/> says. What is looked at are its compiled assemblies.</summary>
[TestFixture]
public sealed class LayersTests
{
    private const string Marks = "FileStore.Tests.Rules.Marks.";

    private static readonly IReadOnlyCollection<TypeUse> Program =
        [.. AssemblyUses.Of(typeof(Digest).Assembly.Location), .. AssemblyUses.Of(typeof(DaemonOptions).Assembly.Location)];

    private static readonly IReadOnlyCollection<TypeUse> Marked = [.. AssemblyUses.Of(typeof(LayersTests).Assembly.Location).Where(use => use.Type.StartsWith(Marks, StringComparison.Ordinal))];

    [Test]
    public void Every_type_keeps_to_the_layers() => Layers.Violations(Program).Distinct().Should().BeEmpty();

    [Test]
    public void Every_namespace_was_found() =>
        Program.Select(use => use.Namespace).Where(name => name.StartsWith("FileStore.", StringComparison.Ordinal)).Distinct()
            .Should().BeEquivalentTo(Layers.All.Select(name => $"FileStore.{name}"));

    [TestCase("Core.Primitives", "InBase", "InInterface", "InField", "InSignature", "InParameter", "InCall", "InTypeArgument", "InConstraint", "InAttribute",
        "InTypeof", "InCatch", "InLambda", "InAsynchronousCode", "InNestedType")]
    [TestCase("Core.Blobs", "OfTheSameLayer", "OfTheDaemon", "OfTheConsole", "OfTheEnvironment", "OfTheNetwork", "OfTheFramework")]
    [TestCase("Core.Processes")]
    [TestCase("Daemon.Http", "OfAFeature", "OfAnEngine")]
    [TestCase("Daemon.Http.Engines.Kestrel")]
    [TestCase("Daemon.Http.Engines.HttpListener", "OfTheOtherEngine")]
    [TestCase("Daemon.Features.Jobs")]
    [TestCase("Daemon.Features.Tasks", "OfAnotherFeature", "OfTheHost")]
    [TestCase("Daemon.Hosting", "OfTheCommandLine")]
    [TestCase("Daemon.Cli")]
    [TestCase("Daemon.Attic", "WithoutAPlace")]
    public void Violations_are_seen_and_nothing_else_is(string name, params string[] types)
    {
        var violations = Layers.Violations(Marked.Where(use => use.Namespace == Marks + name), Marks);

        violations.Select(text => text.Split(' ', ':')[0]).Distinct().Should().BeEquivalentTo(types.Select(type => $"{Marks}{name}.{type}"));
    }
}
