using FileStore.Bench;

if (args is ["kestrel-peer", var port, var store, var folder, .. var certificate])
{
    await KestrelPeer.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), store, folder, certificate);
    return;
}

if (args is ["engine-alone", var engine, var itsPort, var size, .. var itsCertificate])
{
    await EngineAlone.RunAsync(engine, int.Parse(itsPort, System.Globalization.CultureInfo.InvariantCulture), int.Parse(size, System.Globalization.CultureInfo.InvariantCulture), itsCertificate);
    return;
}

string Option(string name, string byDefault) => Array.IndexOf(args, name) is var index and >= 0 && index + 1 < args.Length ? args[index + 1] : byDefault;
int Number(string name, int byDefault) => int.Parse(Option(name, $"{byDefault}"), System.Globalization.CultureInfo.InvariantCulture);
var root = Option("--root", ".");
var only = Option("--only", "");
var (rounds, seconds) = (Number("--rounds", 5), Number("--seconds", 3));
var folderOfResults = Path.GetFullPath(Option("--out", Path.Join(root, "bench", ".partial")));
using var bench = new Bench(root, Path.GetFullPath(Option("--work", Path.Join(root, "bench", ".work"))));
var results = new List<Result>();
var works = new Works(bench, seconds);
foreach (var work in works.All(args.Contains("--large")).Where(work => work.Name.Contains(only, StringComparison.Ordinal)))
{
    Console.Error.WriteLine(work.Name);
    var figures = work.Contenders.ToDictionary(contender => contender.Name, _ => new List<double>());
    try
    {
        // In another order each time: a disk that gives much at first and less then would favour whoever follows one that left it alone.
        foreach (var contender in Enumerable.Range(0, Math.Min(rounds, work.MostRounds)).SelectMany(_ => work.Contenders.Shuffle()))
        {
            figures[contender.Name].Add(contender.Measure());
            Console.Error.WriteLine($"  {contender.Name}: {figures[contender.Name][^1]:0.##}");
        }
    }
    finally
    {
        works.End();
    }

    results.Add(new Result(work, figures));
    Report.Write(results, folderOfResults, rounds, seconds); // after each, so that what fails later loses nothing
    if (!work.LeavesBlobs)
        bench.Empty();
}

Console.Write(File.ReadAllText(Path.Join(folderOfResults, "latest.md")));
