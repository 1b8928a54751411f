using System.Globalization;
using System.Text;

namespace FileStore.Bench;

/// <summary>Tells what was measured: a page with tables, and a chart of the ratios.</summary>
internal static class Report
{
    internal static void Write(IReadOnlyList<Result> results, string folder, int rounds, int seconds)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Join(folder, "latest.md"), Page(results, rounds, seconds));
        File.WriteAllText(Path.Join(folder, "latest.svg"), Chart.Of(results));
    }

    private static string Page(IReadOnlyList<Result> results, int rounds, int seconds)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            Measured on {DateTime.UtcNow:yyyy-MM-dd} by `bench/run.sh`, {rounds} rounds of {seconds} s, medians; a ratio is the median of the rounds' ratios. Within a round the contenders take turns, in another order each time. {Machine()}

            The daemon has its default settings. It and nginx keep an access log; the Kestrel handler keeps none, serves whatever file lies at a path, and checks nothing. The daemon compares what it reads for the first time with its hash where a blob has up to 256 KiB, and holds small blobs in memory that are asked for again. nginx has `sendfile` and one worker for each processor. `alone` is HttpListener or Kestrel as it comes, which answers with bytes from memory and does nothing else. `durable` is a flush (fsync) of the file and of its folder before the answer.

            """);
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
                var ratio = result.Ratio(target);
                var alone = target.Engine is { } engine ? string.Create(CultureInfo.InvariantCulture, $"; {engine}: {result.Ratio(target with { Ours = engine }):0.00}") : "";
                page.Append(CultureInfo.InvariantCulture,
                    $"\n{target}: **{ratio:0.00}** (target {target.AtLeast:0.00}: {(ratio >= target.AtLeast ? "reached" : "not reached")}{alone})\n");
            }
        }

        return page.ToString();
    }

    private static string Shown(double figure) => figure.ToString(figure >= 100 ? "#,0" : "0.00", CultureInfo.InvariantCulture);

    private static string Machine()
    {
        string Of(string file, string name) => File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
        return $"{Of("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} processors, {Of("/proc/meminfo", "MemTotal")} of memory, "
            + $"{Environment.OSVersion.VersionString}, .NET {Environment.Version}; servers and clients share the machine.";
    }
}
