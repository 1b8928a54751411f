using FileStore.Core.Primitives;
using FileStore.Core.Processes;

namespace FileStore.Core.Relay;

/// <summary>What an upload has to be like, to be passed on. What is not set allows anything.</summary>
public sealed record UploadRuleOptions
{
    /// <summary>The most bytes it may have; 0 for no limit.</summary>
    public long MaxSize { get; init; }

    /// <summary>Ends of names, one of which its name must have, each with its dot; case does not matter.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];

    /// <summary>Media types, one of which it must be by its first bytes; <c>image/*</c> is any image.</summary>
    public IReadOnlyList<string> ContentTypes { get; init; } = [];

    /// <summary>A program and its arguments that is given the upload on its standard input, and passes it by ending with 0.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>How long that may take.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>All of the program's environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>An upload breaks a rule; the message says which, and what would keep it.</summary>
public sealed class RuleViolationException(string message) : Exception(message);

/// <summary>Judges uploads. Members may be called from any number of threads.</summary>
public sealed class UploadRules
{
    // What env(1) and a shell say of a program that cannot be run.
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

    /// <summary>The most bytes an upload may have; 0 for no limit.</summary>
    public long MaxSize => _options.MaxSize;

    /// <summary>What the rules need and the system does not have, for people; null if it has all of it.</summary>
    public static string? Validate(UploadRuleOptions options)
    {
        if (options.Command is [var program, ..] && ProgramStart.Find(program, options.Environment) is null)
            return "command: its first word is not a program that can be run (a path, or a name in PATH)";
        if (options.Command.Count > 0 && ProgramStart.Validate() is { } missing)
            return $"command: {missing}";
        return options.ContentTypes.Count > 0 && MediaTypeProbe.Validate() is { } fault ? $"contentTypes: {fault}" : null;
    }

    /// <summary>Judges a name, which comes before the content.</summary>
    /// <exception cref="RuleViolationException">It is not allowed.</exception>
    public void RequireName(string fileName)
    {
        if (_options.Extensions.Count > 0 && !_options.Extensions.Any(extension => fileName.EndsWith(extension, StringComparison.OrdinalIgnoreCase)))
            throw new RuleViolationException($"the file's name should end with {OneOf(_options.Extensions)}");
    }

    /// <summary>Judges a size, or what is known of it so far.</summary>
    /// <exception cref="RuleViolationException">It is too large.</exception>
    public void RequireSize(long? size)
    {
        if (MaxSize > 0 && size > MaxSize)
            throw new RuleViolationException($"the file should have {MaxSize} bytes at most");
    }

    /// <summary>Judges the bytes.</summary>
    /// <exception cref="RuleViolationException">They are not allowed.</exception>
    /// <exception cref="ProgramException">They could not be judged.</exception>
    public async Task RequireContentAsync(OpenContent content, CancellationToken ct)
    {
        RequireSize(content.Length);
        if (_probe is not null)
        {
            var type = await _probe.DetectAsync(content, ct);
            if (!_options.ContentTypes.Any(pattern => MediaTypeProbe.Matches(pattern, type)))
                throw new RuleViolationException($"the file should be {OneOf(_options.ContentTypes)}, and by its first bytes it is {type}");
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
            throw new RuleViolationException($"{_options.Command[0]} does not let the file pass (exit status {result.ExitCode}): {output}");
    }

    private static string OneOf(IReadOnlyList<string> choices) => string.Join(" or ", choices);
}
