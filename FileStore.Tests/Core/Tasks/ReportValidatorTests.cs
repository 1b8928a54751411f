using FileStore.Core.Primitives;
using FileStore.Core.Tasks;
using FileStore.Tests.Contracts;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Tasks;

/// <summary>Uses the system's file(1).</summary>
[TestFixture]
public sealed class ReportValidatorTests
{
    private static readonly ReportRules All = new() { MaxSize = 9, ContentTypes = ["application/pdf", "image/*"], RequiredFields = ["host", "поле"] };

    [TestCase("%PDF-1.7\n", "host поле")]
    [TestCase("%PDF-1.7\n", "host поле other")]
    [TestCase("GIF89a", "поле host")]
    public async Task A_report_that_keeps_the_rules_has_no_faults(string content, string filled) =>
        (await FaultsAsync(All, Bytes.Of(content), filled)).Should().BeEmpty();

    [Test]
    public async Task Without_rules_anything_will_do() =>
        (await FaultsAsync(new ReportRules(), [], "")).Should().BeEmpty();

    [Test]
    public async Task Every_broken_rule_is_told_with_what_was_found_and_what_would_be_right() =>
        (await FaultsAsync(All, Bytes.Of("hello, world\n"), "")).Should().Equal(
            "the report has 13 bytes; it should have 9 at most",
            "the report is text/plain, by its first bytes; it should be application/pdf or image/*",
            "the field 'host' is missing or empty; the report should come in a form that has it",
            "the field 'поле' is missing or empty; the report should come in a form that has it");

    [Test]
    public async Task An_empty_report_has_a_type_of_its_own() =>
        (await FaultsAsync(All, [], "host поле")).Should().ContainSingle().Which.Should().Contain("application/x-empty");

    [Test]
    public async Task Fields_are_told_apart_by_case() =>
        (await FaultsAsync(All with { ContentTypes = [] }, [], "Host поле")).Should().ContainSingle().Which.Should().Contain("'host'");

    private static async Task<IReadOnlyList<string>> FaultsAsync(ReportRules rules, byte[] content, string filled)
    {
        var store = new MemoryBlobStore(HashKind.Sha256);
        await using var report = await store.ReceiveAsync(new MemoryStream(content), null, CancellationToken.None);
        return await new ReportValidator(rules, TimeProvider.System).ValidateAsync(report, filled.Split(' ').ToHashSet(), CancellationToken.None);
    }
}
