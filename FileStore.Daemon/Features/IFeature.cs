using FileStore.Daemon.Http;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features;

/// <summary>A system of the daemon, such as exports or jobs: its options, and how it opens. Each has a folder here and an entry in <see cref="FeatureList"/>.</summary>
internal interface IFeature
{
    /// <summary>The options that it adds to those of the daemon.</summary>
    IReadOnlyList<OptionDefinition> Options => [];

    /// <summary>Options that are valid and have no effect: each a sentence.</summary>
    IEnumerable<string> Warnings(DaemonOptions options) => [];

    /// <summary>Every reason why the daemon cannot start with these options. Looks at the disk and changes nothing.</summary>
    IEnumerable<string> Validate(DaemonOptions options) => [];

    /// <summary>The directories where it keeps files that have to survive a loss of power.</summary>
    IEnumerable<string> DurableFolders(DaemonOptions options) => [];

    /// <summary>Opens it; the caller disposes it. Before <see cref="IOpenFeature.Start"/> it does nothing by itself.</summary>
    /// <exception cref="StartException">It cannot be opened.</exception>
    ValueTask<IOpenFeature> OpenAsync(FeatureContext context);
}

/// <summary>An open feature.</summary>
internal interface IOpenFeature : IAsyncDisposable
{
    /// <summary>Its routes.</summary>
    IReadOnlyList<Route> Routes { get; }

    /// <summary>The response to a failure of one of its routes; null for failures that are not its own.</summary>
    Problem? Map(Exception failure) => null;

    /// <summary>Begins what it does by itself. Called once, when all features are open.</summary>
    void Start()
    {
    }

    /// <summary>
    /// Ends what it does by itself, and waits until that is recorded. Called at a clean stop, and again when the last request
    /// has ended, which may have begun something meanwhile.
    /// </summary>
    Task StopAsync() => Task.CompletedTask;

    ValueTask IAsyncDisposable.DisposeAsync() => ValueTask.CompletedTask;
}
