using System.Globalization;
using System.Text;

namespace FileStore.Bench;

/// <summary>The ratios as bars (SVG), with a mark where the target is.</summary>
internal static class Chart
{
    private const int Row = 26, Left = 520, Width = 950, Unit = 240;

    internal static string Of(IEnumerable<Result> results)
    {
        var rows = results.SelectMany(result => result.Work.Targets.Select(target => (result.Work.Name, target, Ratio: result.Ratio(target)))).ToList();
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{rows.Count * Row + 40}" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="#ffffff"/>
            <line x1="{Left + Unit}" x2="{Left + Unit}" y1="8" y2="{rows.Count * Row + 20}" stroke="#999999"/>
            <text x="{Left + Unit}" y="{rows.Count * Row + 34}" text-anchor="middle" fill="#555555">as fast as the other</text>

            """);
        foreach (var ((name, target, ratio), i) in rows.Select((row, i) => (row, i)))
        {
            var y = i * Row + 14;
            var length = Math.Min(ratio * Unit, Width - Left - 50);
            var mark = target.AtLeast * Unit;
            var label = mark > length && mark < length + 40 ? mark : length; // not under the mark
            svg.Append(CultureInfo.InvariantCulture, $"""
                <text x="{Left - 8}" y="{y + 12}" text-anchor="end" fill="#222222">{name.Split(", ")[0]}: {$"{target}".Replace("filestore, ", "", StringComparison.Ordinal)}</text>
                <rect x="{Left}" y="{y}" width="{length:0}" height="16" fill="{(ratio >= target.AtLeast ? "#2f7d4f" : "#b5563c")}"/>
                <line x1="{Left + mark:0}" x2="{Left + mark:0}" y1="{y - 3}" y2="{y + 19}" stroke="#222222" stroke-width="2"/>
                <text x="{Left + label + 6:0}" y="{y + 12}" fill="#222222">{ratio:0.00}</text>

                """);
        }

        return svg.Append("</svg>\n").ToString();
    }
}
