using System.Text;
using System.Text.Json;
using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Daemon.Features.Exports;
using FileStore.Daemon.Http;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

/// <summary>Text in JSON is escaped only where the syntax requires it.</summary>
[TestFixture]
public sealed class JsonTextTests
{
    private static string[] AsTheyAre { get; } =
        ["", "plain", "отчёт", "é", "e\u0301", "😀", "👨\u200d👩\u200d👧", "漢字", "<b>&'`+</b>", "/", "\u00a0", "\u2028\u2029", "\u202e", "\ufeff", "\ufffd", "\ue000", "𐀀\U0010ffff"];

    [Test]
    public void Letters_stand_as_themselves()
    {
        foreach (var text in AsTheyAre)
            Written(text).Should().Be($"\"{text}\"");
    }

    [Test]
    public void Quotes_backslashes_and_control_characters_are_escaped()
    {
        (string, string)[] texts =
        [
            ("\"", "\\\""), ("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\b\f", "\\b\\f"), ("\0", "\\u0000"), ("\u001b", "\\u001B"),
            ("\u007f", "\\u007F"), ("я\"я", "я\\\"я"), ("😀\n😀", "😀\\n😀"),
        ];
        foreach (var (text, escaped) in texts)
            Written(text).Should().Be($"\"{escaped}\"");
    }

    [Test]
    public void Half_a_surrogate_pair_is_replaced()
    {
        foreach (var text in (string[])["\ud83d", "\ude00", "a\ud83db", "\ude00\ud83d", "😀\ud83d", "\ud83d😀"])
            Read(Written(text)).Should().Be(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))).And.Contain("\ufffd");
    }

    [Test]
    public void Random_text_reads_back_as_it_was_written()
    {
        string[] pieces = ["a", "я", "😀", "\"", "\\", "\0", "\u001f", "\u007f", "\u0085", "\u2028", "\ud7ff", "\ue000", "\uffff"];
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            Read(Written(text)).Should().Be(text);
        }
    }

    [Test]
    public void Listings_and_problems_are_written_so()
    {
        const string name = "отчёт \"за\" май 😀.txt";

        var list = JsonSerializer.SerializeToUtf8Bytes([new ExportEntry(name, 5)], ExportJson.Context.ExportEntryArray);
        var problem = new Problem(400, name).ToJson(null);

        Encoding.UTF8.GetString(list).Should().Be("""[{"name":"отчёт \"за\" май 😀.txt","size":5}]""");
        Encoding.UTF8.GetString(problem).Should().Contain("""
            "detail":"отчёт \"за\" май 😀.txt"
            """);
    }

    private static string Written(string text)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JsonText.Plain }))
            json.WriteStringValue(text);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string? Read(string json) => JsonSerializer.Deserialize<string>(json);
}
