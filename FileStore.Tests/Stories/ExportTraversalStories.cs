using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>However a name is spelled, it never leads out of the directory.</summary>
[EngineNeutral]
public sealed class ExportTraversalStories(string engine) : ExportFixture(engine)
{
    private static readonly string[] Pieces = ["%", "25", "2e", "2f", ".", "/"];

    private static string[] Spellings { get; } =
    [
        "..%2f", "%2e%2e%2f", "%2e%2e/", "..%5c", "..\\", "%5c..%5c", "..%252f", "%252e%252e%252f", "%25252e%25252e%25252f", "....//", "....%2f%2f", "..;/",
        "..%00/", "..%00%2f", "..%0d%0a/", "%u002e%u002e%u2215", "..%u2216", "%c0%ae%c0%ae/", "%c0%ae%c0%ae%c0%af", "..%c0%af", "..%c1%9c", "%e0%80%ae%e0%80%ae%e0%80%af",
        "%f0%80%80%ae/", "..%ef%bc%8f", "%ef%bc%8e%ef%bc%8e/", "%e2%80%a4%e2%80%a4/", "..%e2%88%95", "..%e2%81%84", ".%cc%80./", "file:///", "/proc/self/cwd/", "/proc/self/root/", "~/", "./", "././../",
        "dir_1/../", "../dir_1/../", "dir_1%2f..%2f..%2f", "%2e/%2e%2e/", "..//", "//", "///..//", "%2F", "%7e%2f", "C:%5c", "%5c%5c?%5c", "*/../", "?/../", "#/../", "..%23/", "..%3f/", "..+/", "..%20/", "+../",
    ];

    [SetUp]
    public void PlantTheCanary()
    {
        Write("inside", "inside");
        File.WriteAllText(Outside("canary"), SpecialFiles.Canary);
    }

    [Test]
    public void Names_of_dots_slashes_and_percents_do_not_lead_out() => TryAll(Products(4));

    [Test]
    public void Known_traversals_do_not_lead_out() =>
        TryAll([.. Spellings, .. Spellings.Select(spelling => string.Concat(Enumerable.Repeat(spelling, 8))), Uri.EscapeDataString(Outside("")), Outside("")]);

    [Test]
    public void Longer_products_do_not_either()
    {
        using var connection = new KeptConnection(Daemon);
        foreach (var spelling in Products(5).Where(spelling => spelling.Contains('.') || spelling.Contains("2e")))
            ShouldBeAbsent(connection.Get($"/get?dir=dir_1&name={spelling}canary"), spelling);
    }

    [Test]
    public async Task A_letter_is_one_sequence_of_bytes()
    {
        Write("\u00e9.txt", "composed");
        Write("e\u0301.txt", "decomposed");

        (await Client.GetStringAsync("/get?dir=dir_1&name=%c3%a9.txt")).Should().Be("composed");
        (await Client.GetStringAsync("/get?dir=dir_1&name=e%cc%81.txt")).Should().Be("decomposed");
        (await Client.GetStringAsync("/delete?dir=dir_1&prefix=%c3%a9")).Should().Be("deleted 1 file");
        Names().Should().Equal("e\u0301.txt", "inside");
    }

    private void TryAll(IEnumerable<string> spellings)
    {
        using var connection = new KeptConnection(Daemon);
        foreach (var spelling in spellings)
        {
            ShouldBeAbsent(connection.Get($"/get?dir=dir_1&name={spelling}canary"), spelling);
            ShouldBeAbsent(connection.Get($"/get?dir=dir_1&compress=gz&name={spelling}canary"), spelling);
            ShouldBeAbsent(connection.Get($"/delete?dir=dir_1&name={spelling}canary"), spelling);
            ShouldBeAbsent(connection.Get($"/tar?dir=dir_1&name={spelling}canary&host=127.0.0.1&port=1&path=/"), spelling);
            ShouldBeAbsent(connection.Get($"/get?dir={spelling}dir_1&name=inside"), spelling);
            ShouldBeAbsent(connection.Get($"/list?dir={spelling}"), spelling);
            ShouldBeEmpty(connection.Get($"/list?dir=dir_1&prefix={spelling}canary"), "[]", spelling);
            ShouldBeEmpty(connection.Get($"/list?dir=dir_1&suffix={spelling}canary"), "[]", spelling);
            ShouldBeEmpty(connection.Get($"/delete?dir=dir_1&prefix={spelling}canary&suffix=*"), "deleted 0 files", spelling);
        }

        File.ReadAllText(Outside("canary")).Should().Be(SpecialFiles.Canary);
        Names().Should().Equal("inside");
    }

    private static void ShouldBeAbsent(RawAnswer answer, string spelling)
    {
        answer.Status.Should().BeOneOf([400, 404], spelling);
        answer.Text.Should().NotContain(SpecialFiles.Canary).And.NotContain("inside");
    }

    private static void ShouldBeEmpty(RawAnswer answer, string nothing, string spelling)
    {
        answer.Status.Should().BeOneOf([200, 400], spelling);
        if (answer.Status == 200)
            answer.Text.Should().Be(nothing, spelling);
    }

    /// <summary>Every text of up to so many of the pieces, but for the empty one.</summary>
    private static IEnumerable<string> Products(int length)
    {
        IEnumerable<string> products = [""];
        for (var i = 0; i < length; i++)
        {
            products = [.. products.SelectMany(product => Pieces.Select(piece => product + piece))];
            foreach (var product in products)
                yield return product;
        }
    }
}
