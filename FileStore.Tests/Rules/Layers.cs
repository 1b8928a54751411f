using FileStore.Daemon.Features;
using FileStore.Tests.Support;

namespace FileStore.Tests.Rules;

/// <summary>Which namespaces of the program may use which. A folder is a namespace, and each has an entry here.</summary>
internal static class Layers
{
    // Core, from the bottom: a layer uses those below it, and namespaces of one layer do not use each other.
    private static readonly string[][] Core =
    [
        ["Core.Primitives"],
        ["Core.Blobs", "Core.Index", "Core.Processes"],
        ["Core.Index.Sqlite"],
        ["Core.Names", "Core.Exports", "Core.Jobs", "Core.Tasks", "Core.Relay"],
    ];

    // HTTP knows blobs as something to send, and nothing of what routes mean. All of it but the two engines use each other.
    private static readonly string[] Http =
        ["Daemon.Http", "Daemon.Http.Semantics", "Daemon.Http.Access", "Daemon.Http.Outgoing", "Daemon.Http.Engines"];

    private static readonly string[] Engines = ["Daemon.Http.Engines.HttpListener", "Daemon.Http.Engines.Kestrel"];

    private static readonly string[] Features = [.. FeatureList.All.Select(feature => feature.GetType().Namespace!["FileStore.".Length..])];

    private static readonly Dictionary<string, string[]> Allowed = AllowedUses();

    /// <summary>Every namespace that has a place.</summary>
    public static IEnumerable<string> All => Allowed.Keys;

    /// <summary>The uses that are against the order, in words.</summary>
    /// <param name="uses">What types use.</param>
    /// <param name="prefix">What stands before the namespaces in the table.</param>
    public static IEnumerable<string> Violations(IEnumerable<TypeUse> uses, string prefix = "FileStore.") =>
        from use in uses
        where use.Type.StartsWith(prefix, StringComparison.Ordinal)
        let user = use.Namespace == prefix.TrimEnd('.') ? "" : use.Namespace[prefix.Length..]
        let fault = !Allowed.TryGetValue(user, out var allowed) ? $"{use.Type}: its namespace has no place in {nameof(Layers)}"
            : user.StartsWith("Core", StringComparison.Ordinal) && IsOutsideOfCore(use) ? $"{use}, which Core does not know"
            : use.Used.StartsWith(prefix, StringComparison.Ordinal) && !allowed.Append(user).Contains(use.UsedNamespace[prefix.Length..]) ? $"{use}"
            : null
        where fault is not null
        select fault;

    private static bool IsOutsideOfCore(TypeUse use) =>
        use.Used == "System.Console" || use.UsedNamespace.StartsWith("System.Net", StringComparison.Ordinal)
        || use.UsedNamespace.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
        || (use.Used == "System.Environment" && use.Member?.Contains("EnvironmentVariable", StringComparison.Ordinal) == true);

    private static Dictionary<string, string[]> AllowedUses()
    {
        var allowed = new Dictionary<string, string[]>();
        for (var layer = 0; layer < Core.Length; layer++)
        {
            foreach (var name in Core[layer])
                allowed[name] = [.. Core[..layer].SelectMany(below => below)];
        }

        string[] core = [.. Core.SelectMany(layer => layer)], lowCore = [.. Core[..2].SelectMany(layer => layer)];
        foreach (var name in Http.Concat(Engines))
            allowed[name] = [.. lowCore, .. Http];
        allowed["Daemon.Options"] = [.. core, .. Http];
        foreach (var name in Features)
            allowed[name] = [.. core, .. Http, "Daemon.Options", "Daemon.Features"];
        allowed["Daemon.Features"] = [.. core, .. Http, "Daemon.Options", .. Features];
        allowed["Daemon.Hosting"] = [.. core, .. Http, .. Engines, "Daemon.Options", .. Features, "Daemon.Features"];
        allowed["Daemon.Cli"] = [.. allowed["Daemon.Hosting"], "Daemon.Hosting"];
        return allowed;
    }
}
