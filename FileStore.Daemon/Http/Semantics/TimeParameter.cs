using System.Globalization;
using System.Text.RegularExpressions;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Times from clients: RFC 3339 with any number of digits and with optional parts. The default zone is UTC.</summary>
internal static partial class TimeParameter
{
    private const int Digits = 7; // of a second, the resolution of .NET

    /// <summary>
    /// Parses a time such as <c>2016-08-09T18:31:42.201Z</c>, <c>2016-08-09t18:31+03:00</c> or <c>2016-08-09</c>.
    /// </summary>
    internal static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        if (Form().Match(text) is not { Success: true } match)
            return false;
        string Part(string name, string otherwise) => match.Groups[name] is { Success: true } group ? group.Value : otherwise;
        var isLeapSecond = Part("second", "00") == "60";
        var clock = $"{Part("date", "")} {Part("minute", "00:00")}:{(isLeapSecond ? "59" : Part("second", "00"))}";
        if (!DateTime.TryParseExact(clock, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            || !TimeSpan.TryParseExact(Part("zone", "00:00"), @"hh\:mm", CultureInfo.InvariantCulture, out var zone))
            return false;

        var fraction = isLeapSecond ? TimeSpan.TicksPerSecond : long.Parse(Part("fraction", "0").PadRight(Digits, '0')[..Digits], CultureInfo.InvariantCulture);
        var ticks = local.Ticks + fraction - (Part("sign", "+") == "-" ? -zone : zone).Ticks;
        time = new DateTimeOffset(Math.Clamp(ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), TimeSpan.Zero);
        return true;
    }

    [GeneratedRegex(@"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})([Tt ](?<minute>[0-9]{2}:[0-9]{2})(:(?<second>[0-9]{2})(\.(?<fraction>[0-9]+))?)?([Zz]|(?<sign>[+-])(?<zone>[0-9]{2}:[0-9]{2}))?)?\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
