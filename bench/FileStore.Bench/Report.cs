using System.Globalization;
using System.Text;

namespace FileStore.Bench;

/// <summary>Tells what was measured: a page with tables, and a chart of the ratios.</summary>
internal static class Report
{
    internal static void Write(IReadOnlyList<Result> results, string folder, int rounds)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Join(folder, "latest.md"), Page(results, rounds));
        File.WriteAllText(Path.Join(folder, "latest.svg"), Chart.Of(results));
        Console.Write(Page(results, rounds));
    }

    private static string Page(IReadOnlyList<Result> results, int rounds)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"Measured on {DateTime.UtcNow:yyyy-MM-dd} by `bench/run.sh`, {rounds} rounds, medians. {Machine()}\n");
        foreach (var result in results)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n**{result.Work.Name}** ({result.Work.Unit})\n\n| | median | lowest | highest |\n| --- | ---: | ---: | ---: |\n");
            foreach (var (name, figures) in result.Figures)
                page.Append(CultureInfo.InvariantCulture, $"| {name} | {Shown(result.Median(name))} | {Shown(figures.Min())} | {Shown(figures.Max())} |\n");
            foreach (var (figure, atMost, above) in result.Work.Bounds)
            {
                var value = result.Median(figure) - (above is null ? 0 : result.Median(above));
                page.Append(CultureInfo.InvariantCulture,
                    $"\n{figure}{(above is null ? "" : $", above {above}")}: **{value:0.0}** (at most {atMost:0}: {(value <= atMost ? "reached" : "not reached")})\n");
            }

            foreach (var target in result.Work.Targets)
            {
                var ratio = result.Ratio(target.Ours, target.Other);
                page.Append(CultureInfo.InvariantCulture,
                    $"\n{target.Ours} / {target.Other}: **{ratio:0.00}** (target {target.AtLeast:0.00}: {(ratio >= target.AtLeast ? "reached" : "not reached")})\n");
            }
        }

        return page.ToString();
    }

    private static string Shown(double figure) => figure.ToString(figure >= 100 ? "#,0" : "0.00", CultureInfo.InvariantCulture);

    private static string Machine()
    {
        string Of(string file, string name) => File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(':')[1].Trim();
        return $"{Of("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} processors, {Of("/proc/meminfo", "MemTotal")} of memory, "
            + $"{Environment.OSVersion.VersionString}, .NET {Environment.Version}; servers and clients share the machine.";
    }
}
