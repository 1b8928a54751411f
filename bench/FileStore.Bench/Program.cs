using FileStore.Bench;

if (args is ["kestrel-peer", var port, var store, var folder, .. var certificate])
{
    await KestrelPeer.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), store, folder, certificate);
    return;
}

string Option(string name, string byDefault) => Array.IndexOf(args, name) is var index and >= 0 && index + 1 < args.Length ? args[index + 1] : byDefault;
int Number(string name, int byDefault) => int.Parse(Option(name, $"{byDefault}"), System.Globalization.CultureInfo.InvariantCulture);
var root = Option("--root", ".");
var only = Option("--only", "");
using var bench = new Bench(root, Path.GetFullPath(Option("--work", Path.Join(root, "bench", ".work"))));
var results = new List<Result>();
foreach (var work in new Works(bench, Number("--seconds", 3)).All(args.Contains("--large")).Where(work => work.Name.Contains(only, StringComparison.Ordinal)))
{
    Console.Error.WriteLine(work.Name);
    var figures = work.Contenders.ToDictionary(contender => contender.Name, _ => new List<double>());
    var rounds = Enumerable.Range(0, Number("--rounds", 5)).ToList();
    var turns = work.KeepsOrder
        ? work.Contenders.SelectMany(contender => rounds.Select(_ => contender))
        : rounds.SelectMany(_ => work.Contenders);
    foreach (var contender in turns)
    {
        figures[contender.Name].Add(contender.Measure());
        Console.Error.WriteLine($"  {contender.Name}: {figures[contender.Name][^1]:0.##}");
    }

    results.Add(new Result(work, figures));
    bench.Empty();
}

Report.Write(results, Path.GetFullPath(Option("--out", Path.Join(root, "bench", "results"))), Number("--rounds", 5));
