namespace FileStore.Daemon.Http.Outgoing;

/// <summary>Options of the upstream.</summary>
internal sealed record UpstreamOptions
{
    /// <summary>The URL that uploads are posted to, http or https; null if there is no upstream.</summary>
    internal Uri? Url { get; init; }

    /// <summary>Whether to accept any certificate.</summary>
    internal bool Insecure { get; init; }

    /// <summary>A PEM file of certificate authorities to trust in addition to the system's; null for none.</summary>
    internal string? Authorities { get; init; }

    /// <summary>Headers of every request, such as Authorization.</summary>
    internal IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The timeout of connecting.</summary>
    internal TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The timeout of the whole request, from connecting to the last byte of the response.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);
}
