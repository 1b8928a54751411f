using System.Globalization;
using System.Text;

namespace FileStore.Core.Primitives;

/// <summary>
/// Normalises text to Unicode's form C (Unicode Standard Annex 15), so that a character has one spelling. The framework does
/// so only with ICU, which the daemon does without.
/// </summary>
public static class UnicodeNormalization
{
    private const char FirstOfInterest = '\u0300'; // all before it are composed, and nothing before it joins what precedes it

    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7; // Unicode, 3.12
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, HangulCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<Mappings> Unicode = new(Mappings.Load);

    /// <summary>The text in form C.</summary>
    /// <param name="text">The text, without unpaired surrogates.</param>
    public static string ToNfc(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstOfInterest, char.MaxValue))
            return text;
        var decomposed = new List<int>(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, decomposed);
        Reorder(decomposed);
        var composed = new StringBuilder(text.Length);
        foreach (var code in Compose(decomposed))
            composed.Append(new Rune(code).ToString());
        return composed.ToString();
    }

    private static void Decompose(int code, List<int> into)
    {
        if (code - HangulBase is >= 0 and < HangulCount and var syllable)
        {
            into.Add(LeadBase + syllable / (VowelCount * TrailCount));
            into.Add(VowelBase + syllable / TrailCount % VowelCount);
            if (syllable % TrailCount > 0)
                into.Add(TrailBase + syllable % TrailCount);
        }
        else if (Unicode.Value.Parts.TryGetValue(code, out var parts))
        {
            foreach (var part in parts)
                Decompose(part, into);
        }
        else
        {
            into.Add(code);
        }
    }

    /// <summary>Sorts each run of combining characters by class; equal ones keep their order.</summary>
    private static void Reorder(List<int> codes)
    {
        for (var start = 0; start < codes.Count; start++)
        {
            var end = start;
            while (end < codes.Count && ClassOf(codes[end]) > 0)
                end++;
            if (end - start > 1)
            {
                var sorted = codes[start..end].OrderBy(ClassOf).ToList();
                for (var i = start; i < end; i++)
                    codes[i] = sorted[i - start];
            }

            start = end;
        }
    }

    /// <summary>Joins each starter with the characters after it that nothing separates from it.</summary>
    private static List<int> Compose(List<int> codes)
    {
        var composed = new List<int>(codes.Count);
        var starter = -1;
        var last = 0; // class of the character before, among those that were not joined
        foreach (var code in codes)
        {
            var own = ClassOf(code);
            var isBlocked = starter < composed.Count - 1 && (last == 0 || last >= own);
            if (starter >= 0 && !isBlocked && Join(composed[starter], code) is { } joined)
            {
                composed[starter] = joined;
                continue;
            }

            if (own == 0)
                starter = composed.Count;
            last = own;
            composed.Add(code);
        }

        return composed;
    }

    private static int? Join(int first, int second)
    {
        if (first - LeadBase is >= 0 and < LeadCount and var lead && second - VowelBase is >= 0 and < VowelCount and var vowel)
            return HangulBase + (lead * VowelCount + vowel) * TrailCount;
        if (first - HangulBase is >= 0 and < HangulCount and var syllable && syllable % TrailCount == 0 && second - TrailBase is > 0 and < TrailCount and var trail)
            return first + trail;
        return Unicode.Value.Pairs.TryGetValue((first, second), out var joined) ? joined : null;
    }

    private static int ClassOf(int code) => Unicode.Value.Classes.GetValueOrDefault(code);

    /// <summary>The tables of nfc.txt.</summary>
    private sealed record Mappings(Dictionary<int, int> Classes, Dictionary<int, int[]> Parts, Dictionary<(int First, int Second), int> Pairs)
    {
        internal static Mappings Load()
        {
            var mappings = new Mappings([], [], []);
            using var reader = new StreamReader(typeof(UnicodeNormalization).Assembly.GetManifestResourceStream("nfc.txt")!);
            while (reader.ReadLine() is { } line)
            {
                if (!line.StartsWith('#'))
                    mappings.Add(line.Split(' '));
            }

            return mappings;
        }

        private void Add(string[] words)
        {
            var codes = Array.ConvertAll(words[1..], word => int.Parse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            if (words[0] == "class")
            {
                for (var code = codes[0]; code <= codes[1]; code++)
                    Classes[code] = codes[2];
                return;
            }

            Parts[codes[0]] = codes[1..];
            if (words[0] == "pair")
                Pairs[(codes[1], codes[2])] = codes[0];
        }
    }
}
