using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>
/// Says what a file is, by its first bytes and not by what anybody calls it: file(1), with the system's own database, in a
/// process of its own, since its parsers read what strangers have made.
/// </summary>
public sealed class MediaTypeProbe
{
    private const string Program = "/usr/bin/file";

    private const long FirstBytes = 1 << 20; // what file(1) looks at by itself (its parameter bytes)

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly ContentProgram _file;

    /// <param name="time">The clock.</param>
    public MediaTypeProbe(TimeProvider time) => _file = new ContentProgram(
        [Program, "--brief", "--mime-type", "-"], new Dictionary<string, string>(), Timeout, time, FirstBytes);

    /// <summary>What it needs and the system does not have, for people; null if it has all of it.</summary>
    public static string? Validate() => ProgramStart.IsExecutable(Program)
        ? ProgramStart.Validate()
        : $"{Program} is needed, which tells what a file is (Debian's package file)";

    /// <summary>The media type, such as <c>application/gzip</c>; of bytes that it does not know <c>application/octet-stream</c>.</summary>
    /// <exception cref="ProgramException">It could not be found out.</exception>
    public async Task<string> DetectAsync(OpenContent content, CancellationToken ct)
    {
        var result = await _file.RunAsync(content, ct);
        return result.ExitCode == 0 && result.Output.Contains('/') && !result.Output.AsSpan().ContainsAny(" \n")
            ? result.Output
            : throw new ProgramException($"{Program} could not tell: {result.Output}");
    }

    /// <summary>
    /// Whether a type is the one that is meant: <c>image/*</c> means any image, and an <c>x-</c> from before a type was
    /// registered does not count (RFC 6648).
    /// </summary>
    public static bool Matches(string pattern, string type)
    {
        var (one, other) = (Normalize(pattern), Normalize(type));
        return one == other || (one.EndsWith("/*", StringComparison.Ordinal) && other.StartsWith(one[..^1], StringComparison.Ordinal));
    }

    private static string Normalize(string type) => type.ToLowerInvariant().Replace("/x-", "/", StringComparison.Ordinal);
}
