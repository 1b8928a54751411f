using System.Text;
using System.Text.Json;
using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Jobs;

/// <summary>The body of <c>POST /api/jobs</c>: JSON in any charset.</summary>
internal static class JobSubmission
{
    private const int MaxBody = 1 << 20;
    private const int MaxWord = (128 << 10) - 1; // a word of a command line: MAX_ARG_STRLEN less its NUL, execve(2)
    private const int MaxPath = 4095; // PATH_MAX less its NUL
    private const int MaxDepth = 4;
    private const int LongestShown = 100;

    /// <param name="request">The request.</param>
    /// <param name="maxTimeout">The longest time that a job may run.</param>
    /// <exception cref="ProblemException">400, 413 or 415: it is no job.</exception>
    internal static async Task<JobRequest> ReadAsync(Request request, TimeSpan maxTimeout) =>
        Parse(await JsonBody.ReadAsync(request, MaxBody, "a job"), maxTimeout);

    /// <exception cref="ProblemException">400: it is no job.</exception>
    internal static JobRequest Parse(string text, TimeSpan maxTimeout)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw Refusal("the body should be an object: {\"command\":\"ls -l\"}");
            var job = Members(json.RootElement, "").Aggregate(new JobRequest(""), (job, member) => Add(job, member, maxTimeout));
            return job.Command.Length > 0 ? job : throw Refusal("command is missing: {\"command\":\"ls -l\"}");
        }
        catch (JsonException e)
        {
            throw Refusal($"the body {JsonText.Fault(e)}");
        }
    }

    private static JobRequest Add(JobRequest job, JsonProperty member, TimeSpan maxTimeout) => member.Name switch
    {
        "cwd" or "env" or "stdin" or "timeout" when member.Value.ValueKind == JsonValueKind.Null => job,
        "command" => job with { Command = Command(member.Value) },
        "cwd" => job with { Cwd = Word("cwd", member.Value, MaxPath) is { Length: > 0 } cwd && Path.IsPathRooted(cwd) ? cwd : throw Refusal("cwd should be an absolute path") },
        "env" => job with { Environment = Variables(member.Value) },
        "stdin" => job with { Stdin = Text("stdin", member.Value) },
        "timeout" => job with { Timeout = Timeout(member.Value, maxTimeout) },
        _ => throw Refusal($"the member '{ShortText.Shown(member.Name, LongestShown)}' is not known; command, cwd, env, stdin and timeout are"),
    };

    private static string Command(JsonElement value)
    {
        var command = Word("command", value, MaxWord);
        if (string.IsNullOrWhiteSpace(command))
            throw Refusal("command is blank");
        // The shell is given one more byte then, or it would take the command for an option.
        return command[0] is '-' or '+' ? Word("a command that begins with '-' or '+'", value, MaxWord - 1) : command;
    }

    private static Dictionary<string, string> Variables(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Refusal("env should be an object of names and texts: {\"NAME\":\"value\"}");
        var variables = new Dictionary<string, string>();
        foreach (var variable in Members(value, "env."))
        {
            if (variable.Name.Length == 0 || variable.Name.AsSpan().ContainsAny('=', '\0'))
                throw Refusal("env has a name that is empty, or contains '=' or NUL");
            variables[variable.Name] = Word($"env.{variable.Name}", variable.Value, MaxWord - 1 - Encoding.UTF8.GetByteCount(variable.Name));
        }

        return variables;
    }

    private static TimeSpan Timeout(JsonElement value, TimeSpan max) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds > 0 && seconds <= max.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Refusal($"timeout should be a number of seconds above 0, and {max.TotalSeconds} at most");

    private static IEnumerable<JsonProperty> Members(JsonElement parent, string prefix)
    {
        var seen = new HashSet<string>();
        foreach (var member in parent.EnumerateObject())
            yield return seen.Add(NameOf(member)) ? member : throw Refusal($"{prefix}{member.Name} is given twice");
    }

    /// <summary>A text that a program can be given as one word of its command line or environment.</summary>
    private static string Word(string name, JsonElement value, int max)
    {
        var text = Text(name, value);
        return text.Contains('\0') ? throw Refusal($"{name} contains a NUL character")
            : Encoding.UTF8.GetByteCount(text) > max ? throw Refusal($"{name} is longer than {Math.Max(max, 0)} bytes, which is all that the system takes; stdin may be longer")
            : text;
    }

    private static string Text(string name, JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Refusal($"{name} should be a text");
        }
        catch (InvalidOperationException)
        {
            throw Refusal($"{name} contains half of a surrogate pair");
        }
    }

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw Refusal("the name of a member contains half of a surrogate pair");
        }
    }

    private static ProblemException Refusal(string detail) => new(Problem.BadRequest(detail));
}
