using FileStore.Core.Exports;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Exports;

/// <summary>Reads the export and the files that a request names.</summary>
internal static class ExportParameters
{
    /// <exception cref="ProblemException">400 without <c>dir</c>; 404 if there is no such export.</exception>
    internal static string Directory(Request request, ExportRoots exports)
    {
        var name = Parameter(request, "dir");
        return exports.Contains(name) ? name : throw new ProblemException(Problem.NotFound("no such export"));
    }

    /// <summary>The name, which need not be one that a file can have.</summary>
    /// <exception cref="ProblemException">400 without <c>name</c>.</exception>
    internal static string File(Request request) => Parameter(request, "name");

    /// <summary>Checks that none of these parameters is given without a value, which could mean anything or nothing.</summary>
    /// <exception cref="ProblemException">400: one of them is.</exception>
    internal static void RequireValues(Request request, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (request.Target?.QueryAsItCame(name) is { Length: 0 })
                throw new ProblemException(Problem.BadRequest($"the parameter {name} is empty: leave it out, or give a value; in prefix and suffix, * stands for any"));
        }
    }

    /// <exception cref="ProblemException">400: a <c>*</c> stands beside other characters, which would be taken as they are.</exception>
    internal static NamePattern Pattern(Request request) => new(PatternPart(request, "prefix"), PatternPart(request, "suffix"));

    private static string? PatternPart(Request request, string name) => Given(request, name) is var value && (value is null or "*" || !value.Contains('*'))
        ? value
        : throw new ProblemException(Problem.BadRequest($"in the parameter {name}, * stands alone, for anything: "
            + "prefix=db- and suffix=.txt mean the names that begin with db- and end with .txt"));

    /// <summary>A parameter with a value; null without one.</summary>
    internal static string? Given(Request request, string name) => request.Target?.QueryAsItCame(name) is { Length: > 0 } value ? value : null;

    internal static Problem Absent() => Problem.NotFound("no such file in the exported directory");

    private static string Parameter(Request request, string name) => Given(request, name)
        ?? throw new ProblemException(Problem.BadRequest($"the parameter {name} is missing"));
}
