using System.Text;
using CommandLine;
using FileStore.Core.Index;
using FileStore.Core.Index.Sqlite;
using FileStore.Core.Names;
using FileStore.Core.Primitives;
using FileStore.Daemon.Features.Names;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Cli;

[Verb("index", HelpText = "Export, import and check the index of names.")]
internal sealed class IndexArguments : CommonArguments
{
    [Group("Index"), Option("store", MetaValue = "DIR", HelpText = "The store's directory, for check (default: store)")]
    public string? Store { get; set; }

    [Group("Index"), Option("hash", MetaValue = "KIND", HelpText = "The store's hash, unless it is sha256 or in the configuration")]
    public string? Hash { get; set; }

    [Group("Index"), Option("replace", HelpText = "import: replace names that point at other files")]
    public bool Replace { get; set; }
}

/// <summary>Looks after the index of names.</summary>
internal static class IndexVerb
{
    private const int ImportedTogether = 1000;

    private static readonly TimeSpan CollectionTime = TimeSpan.FromMinutes(2); // beyond the grace

    internal static async Task<int> ExecuteAsync(IndexArguments flags)
    {
        string[] words = [.. flags.Rest];
        switch (words)
        {
            case []:
                return Misused("index needs an action: export, import or check");
            case ["export" or "check", var extra, ..]:
                return Misused($"unexpected argument {ShownValue.Of(extra)}: index {words[0]} takes none");
            case ["export" or "check"] when flags.Replace:
                return Misused($"--replace goes with index import, not with index {words[0]}");
            case ["import"]:
                return Misused("index import needs a file, or - for standard input");
            case ["import", _, var extra, ..]:
                return Misused($"unexpected argument {ShownValue.Of(extra)}: index import takes one file");
        }

        var given = flags.Given();
        given.Remove("replace");
        var options = OptionsLoader.Load(given, RunVerb.Variables(), RunVerb.CurrentDirectory());
        try
        {
            return words[0] switch
            {
                "export" => await ExportAsync(options),
                "import" => await ImportAsync(options, words[1], flags.Replace),
                "check" => await CheckAsync(options),
                var action => Misused($"unknown action {ShownValue.Of(action)}; use export, import or check{Suggestion.For(action, ["export", "import", "check"])}"),
            };
        }
        catch (IndexException e)
        {
            Console.Error.WriteLine($"filestore: {e.Message}");
            if (e.IsDamaged)
                Console.Error.WriteLine(Remedy(options));
            return CommandLine.Failed;
        }
    }

    private static async Task<int> ExportAsync(DaemonOptions options)
    {
        if (!HasNames(options))
            return CommandLine.Ok;
        await using var output = new BufferedStream(Console.OpenStandardOutput(), 64 << 10);
        await foreach (var record in SqliteNameIndex.ReadAsync(options.IndexFile, options.Hash, CancellationToken.None))
        {
            await output.WriteAsync(IndexExport.Format(record));
            output.WriteByte((byte)'\n');
        }

        return CommandLine.Ok;
    }

    private static async Task<int> ImportAsync(DaemonOptions options, string path, bool replace)
    {
        using var pidFile = FileLock.TryAcquire(options.PidFile, removeOnRelease: true)
            ?? throw new StartException($"the daemon runs ({FileLock.HolderOf(options.PidFile)}): stop it first");
        using var input = new StreamReader(path == "-" ? Console.OpenStandardInput() : File.OpenRead(path), Encoding.UTF8);
        await using var index = SqliteNameIndex.Open(options.IndexFile, options.Hash, options.Durable, TimeProvider.System);
        var outcome = default(ImportOutcome);
        var number = 0L;
        var records = new List<IndexRecord>();
        try
        {
            while (await input.ReadLineAsync() is { } line)
            {
                number++;
                if (line.Length > IndexExport.MaxLine)
                    throw new FormatException($"is longer than {IndexExport.MaxLine} characters");
                if (line.Trim().Length > 0)
                    records.Add(IndexExport.Parse(line, options.Hash));
                if (records.Count == ImportedTogether)
                    await AddAsync();
            }
        }
        catch (FormatException e)
        {
            await AddAsync();
            Console.Error.WriteLine($"filestore: {path}, line {number}: {e.Message}; the lines before it were imported");
            return CommandLine.Failed;
        }

        await AddAsync();
        Console.WriteLine($"{outcome.Added} names added, {outcome.Replaced} replaced"
            + (outcome.Kept > 0 ? $", {outcome.Kept} kept that point at other files (--replace replaces them)" : ""));
        return CommandLine.Ok;

        async Task AddAsync()
        {
            outcome += await index.ImportAsync(records, replace);
            records.Clear();
        }
    }

    private static async Task<int> CheckAsync(DaemonOptions options)
    {
        if (!HasNames(options))
            return CommandLine.Ok;
        var count = 0L;
        var before = TimeProvider.System.GetUtcNow() - NameSettings.Of(options).Grace - CollectionTime;
        await foreach (var fault in IndexCheck.FindFaultsAsync(options.IndexFile, options.DiskStore, before, CancellationToken.None))
        {
            Console.WriteLine(fault);
            count++;
        }

        if (count == 0)
            Console.WriteLine("the index is whole, and every name has its file");
        return count == 0 ? CommandLine.Ok : CommandLine.Failed;
    }

    private static bool HasNames(DaemonOptions options)
    {
        if (File.Exists(options.IndexFile))
            return true;
        Console.Error.WriteLine($"filestore: there are no names ({options.IndexFile} does not exist)");
        return false;
    }

    private static string Remedy(DaemonOptions options)
    {
        var folder = Path.GetDirectoryName(options.IndexFile)!;
        return $"""
            filestore: files are served by their hash all the same. To get the names back, stop the daemon, and then
              mkdir {folder}.damaged; mv {options.IndexFile}* {folder}.damaged/
              cp {Path.Join(folder, "snapshot.db")} {options.IndexFile}     # the copy of the last day, or
              filestore index import BACKUP.jsonl --home {options.Home}     # an export
            """;
    }

    private static int Misused(string message) => CommandLine.Misused(message, Verb.Find("index")!);
}
