namespace FileStore.Daemon.Http.Outgoing;

/// <summary>Where uploads are passed on to, and how.</summary>
internal sealed record UpstreamOptions
{
    /// <summary>What uploads are posted to, http or https; null if there is none.</summary>
    internal Uri? Url { get; init; }

    /// <summary>Whether any certificate of the upstream will do.</summary>
    internal bool Insecure { get; init; }

    /// <summary>Authorities (PEM) that are trusted besides the system's; null for none.</summary>
    internal string? Authorities { get; init; }

    /// <summary>Fields that go with every request, such as Authorization.</summary>
    internal IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How long it may take to connect.</summary>
    internal TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it may take in all, from connecting to the last byte of the answer.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);
}
