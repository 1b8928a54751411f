using NUnit.Framework.Interfaces;

namespace FileStore.Tests.Support;

/// <summary>
/// Marks stories about what lies behind the engines: every run has them on one engine, half of the fixtures on each, and the
/// long run has them on the other. Stories about framing, connections and time run on both every time.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EngineNeutralAttribute : NUnitAttribute, IFixtureBuilder
{
    private static readonly string[] Engines = ["httplistener", "kestrel"];

    public IEnumerable<NUnit.Framework.Internal.TestSuite> BuildFrom(ITypeInfo typeInfo)
    {
        var usual = typeInfo.Name.Sum(letter => letter) % Engines.Length; // string.GetHashCode differs from run to run
        return Engines.SelectMany((engine, i) => (i == usual ? new TestFixtureAttribute(engine) : new TestFixtureAttribute(engine) { Category = "Long" }).BuildFrom(typeInfo));
    }
}
