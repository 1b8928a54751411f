using System.Reflection;
using FluentAssertions;

namespace FileStore.Tests.Rules;

/// <summary>What <c>./test.sh --quick</c> runs besides the unit tests is a little of everything.</summary>
public sealed class QuickTests
{
    private static readonly string[] Fixtures =
        [.. typeof(QuickTests).Assembly.GetTypes().Where(type => IsQuick(type) || type.GetMethods().Any(IsQuick)).Select(type => type.FullName!["FileStore.Tests.".Length..])];

    [TestCase("Stories.Upload")]
    [TestCase("Stories.Export")]
    [TestCase("Stories.Job")]
    [TestCase("Stories.Task")]
    [TestCase("Stories.Relay")]
    [TestCase("Stories.Access")]
    [TestCase("Stories.Tls")]
    [TestCase("RealProcess.Start")]
    [TestCase("RealProcess.Stop")]
    public void Every_area_has_a_quick_fixture(string begin) => Fixtures.Should().Contain(name => name.StartsWith(begin, StringComparison.Ordinal));

    [Test]
    public void Few_stories_and_processes_are_quick() => Fixtures.Should().HaveCountLessThan(30, "they take a minute together");

    private static bool IsQuick(MemberInfo member) => member.GetCustomAttributes<CategoryAttribute>().Any(category => category.Name == "Quick");
}
