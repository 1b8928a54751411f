using FileStore.Core.Primitives;
using FileStore.Core.Processes;

namespace FileStore.Core.Relay;

/// <summary>The rules for uploads that are forwarded. A rule that is not set allows everything.</summary>
public sealed record UploadRuleOptions
{
    /// <summary>The largest size in bytes; 0 for no limit.</summary>
    public long MaxSize { get; init; }

    /// <summary>Allowed suffixes of file names, each with its dot, case-insensitive.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];

    /// <summary>Allowed media types, as detected from the content; <c>image/*</c> is any image.</summary>
    public IReadOnlyList<string> ContentTypes { get; init; } = [];

    /// <summary>A program and its arguments. It reads the upload from its standard input and accepts it with exit code 0.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>How long the program may run.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The program's whole environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>An upload violates a rule; the message says which, and what is allowed.</summary>
public sealed class RuleViolationException(string message) : Exception(message);

/// <summary>Checks uploads. Members may be called from any number of threads.</summary>
public sealed class UploadRules
{
    // The exit codes of env(1) and shells for a program that cannot be run.
    private const int CannotRun = 126, NotFound = 127;

    private const int MaxOutputShown = 200;

    private readonly UploadRuleOptions _options;
    private readonly MediaTypeProbe? _probe;
    private readonly ContentProgram? _command;

    /// <param name="options">The rules.</param>
    /// <param name="time">The clock.</param>
    public UploadRules(UploadRuleOptions options, TimeProvider time)
    {
        _options = options;
        if (options.ContentTypes.Count > 0)
            _probe = new MediaTypeProbe(time);
        if (options.Command.Count > 0)
            _command = new ContentProgram(options.Command, options.Environment, options.CommandTimeout, time);
    }

    /// <summary>The largest size in bytes; 0 for no limit.</summary>
    public long MaxSize => _options.MaxSize;

    /// <summary>
    /// Checks that the programs that the rules need exist. Returns what is missing, for people; null if nothing is.
    /// </summary>
    public static string? Validate(UploadRuleOptions options)
    {
        if (options.Command is [var program, ..] && ProgramStart.Find(program, options.Environment) is null)
            return "command: its first word is not an executable program (a path, or a name in PATH)";
        if (options.Command.Count > 0 && ProgramStart.Validate() is { } missing)
            return $"command: {missing}";
        return options.ContentTypes.Count > 0 && MediaTypeProbe.Validate() is { } fault ? $"contentTypes: {fault}" : null;
    }

    /// <summary>Checks the file name, before the content is read.</summary>
    /// <exception cref="RuleViolationException">It is not allowed.</exception>
    public void RequireName(string fileName)
    {
        if (_options.Extensions.Count > 0 && !_options.Extensions.Any(extension => fileName.EndsWith(extension, StringComparison.OrdinalIgnoreCase)))
            throw new RuleViolationException($"the file's name should end with {OneOf(_options.Extensions)}");
    }

    /// <summary>Checks the size in bytes, or a lower bound of it.</summary>
    /// <exception cref="RuleViolationException">It is too large.</exception>
    public void RequireSize(long? size)
    {
        if (MaxSize > 0 && size > MaxSize)
            throw new RuleViolationException($"the file should have {MaxSize} bytes at most");
    }

    /// <summary>Checks the content.</summary>
    /// <param name="content">The content. It stays the caller's to dispose.</param>
    /// <param name="ct">Cancels the check.</param>
    /// <exception cref="RuleViolationException">It is not allowed.</exception>
    /// <exception cref="ProgramException">It could not be checked.</exception>
    public async Task RequireContentAsync(OpenContent content, CancellationToken ct)
    {
        RequireSize(content.Length);
        if (_probe is not null)
        {
            var type = await _probe.DetectAsync(content, ct);
            if (!_options.ContentTypes.Any(pattern => MediaTypeProbe.Matches(pattern, type)))
                throw new RuleViolationException($"the file should be {OneOf(_options.ContentTypes)}, but its content is {type}");
        }

        if (_command is not null)
            await RunCommandAsync(_command, content, ct);
    }

    private async Task RunCommandAsync(ContentProgram command, OpenContent content, CancellationToken ct)
    {
        var result = await command.RunAsync(content, ct);
        var output = ShortText.Shown(result.Output, MaxOutputShown);
        if (result.ExitCode is CannotRun or NotFound)
            throw new ProgramException($"{_options.Command[0]} could not be run: {output}");
        if (result.ExitCode != 0)
            throw new RuleViolationException($"{_options.Command[0]} rejected the file (exit code {result.ExitCode}): {output}");
    }

    private static string OneOf(IReadOnlyList<string> choices) => string.Join(" or ", choices);
}
