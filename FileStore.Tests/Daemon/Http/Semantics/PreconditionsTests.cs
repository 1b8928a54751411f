using FileStore.Daemon.Http.Semantics;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Semantics;

/// <summary>RFC 9110, section 13. The stored file has the tag "a" and was modified at noon.</summary>
[TestFixture]
public sealed class PreconditionsTests
{
    private const string Before = "Thu, 29 Feb 2024 11:59:59 GMT";
    private const string Noon = "Thu, 29 Feb 2024 12:00:00 GMT";
    private const string After = "Thu, 29 Feb 2024 12:00:01 GMT";
    private const string InMatch = "If-Match";
    private const string NoneMatch = "If-None-Match";
    private const string ModifiedSince = "If-Modified-Since";
    private const string UnmodifiedSince = "If-Unmodified-Since";

    private const string Tag = "\"a\"";
    private static DateTimeOffset Modified { get; } = new(2024, 2, 29, 12, 0, 0, TimeSpan.Zero);

    [TestCase("\"a\"", 0)]
    [TestCase("*", 0)]
    [TestCase(" * ", 0)]
    [TestCase("\"b\", \"a\"", 0)]
    [TestCase("\"b\"", 412)]
    [TestCase("\"A\"", 412)]
    [TestCase("W/\"a\"", 412, Description = "the comparison is strong")]
    [TestCase("\"a\",W/  ", 412, Description = "a list that breaks off, which the parser does not expect")]
    [TestCase("a", 412)]
    [TestCase("", 412)]
    public void If_Match_goes_on_with_the_tag_it_names(string header, int expected)
    {
        foreach (var method in (string[])["GET", "HEAD", "PUT", "DELETE"])
            Evaluate(method, (InMatch, header)).Should().Be(expected, method);
    }

    [TestCase("\"a\"", 304)]
    [TestCase("W/\"a\"", 304, Description = "the comparison is weak")]
    [TestCase("*", 304)]
    [TestCase("\"b\", W/\"a\"", 304)]
    [TestCase("\"b\"", 0)]
    [TestCase("a", 0)]
    [TestCase("", 0)]
    public void If_None_Match_answers_readers_304_and_others_412(string header, int expected)
    {
        Evaluate("GET", (NoneMatch, header)).Should().Be(expected);
        Evaluate("HEAD", (NoneMatch, header)).Should().Be(expected);
        Evaluate("PUT", (NoneMatch, header)).Should().Be(expected == 304 ? 412 : 0);
        Evaluate("DELETE", (NoneMatch, header)).Should().Be(expected == 304 ? 412 : 0);
    }

    [TestCase(Before, 0)]
    [TestCase(Noon, 304)]
    [TestCase(After, 304)]
    [TestCase("Thursday, 29-Feb-24 12:00:00 GMT", 304, Description = "the obsolete form of RFC 850")]
    [TestCase("Thu Feb 29 12:00:00 2024", 304, Description = "the obsolete form of asctime")]
    [TestCase("yesterday", 0)]
    [TestCase("", 0)]
    public void If_Modified_Since_is_for_readers(string header, int expected)
    {
        Evaluate("GET", (ModifiedSince, header)).Should().Be(expected);
        Evaluate("HEAD", (ModifiedSince, header)).Should().Be(expected);
        Evaluate("PUT", (ModifiedSince, header)).Should().Be(0);
        Evaluate("DELETE", (ModifiedSince, header)).Should().Be(0);
    }

    [TestCase(Before, 412)]
    [TestCase(Noon, 0)]
    [TestCase(After, 0)]
    [TestCase("yesterday", 0)]
    public void If_Unmodified_Since_is_for_all(string header, int expected)
    {
        foreach (var method in (string[])["GET", "HEAD", "PUT", "DELETE"])
            Evaluate(method, (UnmodifiedSince, header)).Should().Be(expected, method);
    }

    [TestCase(0, InMatch, "\"a\"", UnmodifiedSince, Before, Description = "the tag says more than the date")]
    [TestCase(412, InMatch, "\"b\"", UnmodifiedSince, After)]
    [TestCase(0, NoneMatch, "\"b\"", ModifiedSince, After)]
    [TestCase(304, NoneMatch, "\"a\"", ModifiedSince, Before)]
    [TestCase(304, InMatch, "\"a\"", NoneMatch, "\"a\"")]
    [TestCase(412, InMatch, "\"b\"", NoneMatch, "\"a\"", Description = "If-Match comes first")]
    [TestCase(304, InMatch, "*", ModifiedSince, Noon)]
    [TestCase(412, UnmodifiedSince, Before, NoneMatch, "\"a\"")]
    [TestCase(304, UnmodifiedSince, Noon, ModifiedSince, Noon)]
    public void Several_are_evaluated_in_their_order(int expected, string one, string value, string other, string otherValue)
    {
        Evaluate("GET", (one, value), (other, otherValue)).Should().Be(expected);
        Evaluate("GET", (other, otherValue), (one, value)).Should().Be(expected);
    }

    [TestCase(InMatch, "*", 412)]
    [TestCase(InMatch, "\"a\"", 412)]
    [TestCase(NoneMatch, "*", 0)]
    [TestCase(NoneMatch, "\"a\"", 0)]
    [TestCase(UnmodifiedSince, Before, 0)]
    public void No_tag_matches_a_blob_that_is_not_stored(string name, string value, int expected) =>
        Outcome(Preconditions.Evaluate(new FakeExchange("PUT").With(name, value).ToRequest(), null, null)).Should().Be(expected);

    [TestCase(null, true)]
    [TestCase("\"a\"", true)]
    [TestCase("\"b\"", false)]
    [TestCase("W/\"a\"", false)]
    [TestCase(Noon, true)]
    [TestCase(Before, false)]
    [TestCase(After, false)]
    [TestCase("*", false)]
    [TestCase("rubbish", false)]
    [TestCase("", false)]
    public void A_range_counts_when_If_Range_names_what_is_stored(string? header, bool expected) =>
        Preconditions.AllowRange(new FakeExchange().With("If-Range", header).ToRequest(), Tag, Modified).Should().Be(expected);

    private static int Evaluate(string method, params (string Name, string Value)[] headers)
    {
        var exchange = new FakeExchange(method);
        foreach (var (name, value) in headers)
            exchange.With(name, value);
        return Outcome(Preconditions.Evaluate(exchange.ToRequest(), Tag, Modified));
    }

    private static int Outcome(PreconditionOutcome outcome) => outcome switch
    {
        PreconditionOutcome.NotModified => 304,
        PreconditionOutcome.Failed => 412,
        _ => 0,
    };
}
