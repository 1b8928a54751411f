using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>
/// Detects the media type of content with file(1), whatever its name says. It runs as a separate process, since its parsers
/// read untrusted data.
/// </summary>
public sealed class MediaTypeProbe
{
    private const string Program = "/usr/bin/file";

    private const long FirstBytes = 1 << 20; // as file(1) does by default (its parameter bytes)

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly ContentProgram _file;

    /// <param name="time">The clock.</param>
    public MediaTypeProbe(TimeProvider time) => _file = new ContentProgram(
        [Program, "--brief", "--mime-type", "-"], new Dictionary<string, string>(), Timeout, time, FirstBytes);

    /// <summary>Checks that the required programs exist. Returns what is missing, for people; null if nothing is.</summary>
    public static string? Validate() => ProgramStart.IsExecutable(Program)
        ? ProgramStart.Validate()
        : $"{Program} is missing, which detects media types (Debian package: file)";

    /// <summary>
    /// Detects a media type, such as <c>application/gzip</c>. Unknown content is <c>application/octet-stream</c>.
    /// </summary>
    /// <exception cref="ProgramException">The detection failed.</exception>
    public async Task<string> DetectAsync(OpenContent content, CancellationToken ct)
    {
        var result = await _file.RunAsync(content, ct);
        return result.ExitCode == 0 && result.Output.Contains('/') && !result.Output.AsSpan().ContainsAny(" \n")
            ? result.Output
            : throw new ProgramException($"{Program} could not detect the type: {result.Output}");
    }

    /// <summary>
    /// Whether a type matches a pattern: <c>image/*</c> matches every image, and an <c>x-</c> prefix of the subtype is
    /// ignored (RFC 6648).
    /// </summary>
    public static bool Matches(string pattern, string type)
    {
        var (one, other) = (Normalize(pattern), Normalize(type));
        return one == other || (one.EndsWith("/*", StringComparison.Ordinal) && other.StartsWith(one[..^1], StringComparison.Ordinal));
    }

    private static string Normalize(string type) => type.ToLowerInvariant().Replace("/x-", "/", StringComparison.Ordinal);
}
