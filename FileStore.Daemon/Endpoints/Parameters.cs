using System.Globalization;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Endpoints;

/// <summary>The query's parameters, for requests that refuse those they do not know.</summary>
internal static class Parameters
{
    /// <summary>All of them, names and values.</summary>
    /// <exception cref="ProblemException">400: one comes twice.</exception>
    internal static IEnumerable<KeyValuePair<string, string>> Once(Request request)
    {
        var seen = new HashSet<string>();
        foreach (var parameter in request.Target?.Parameters ?? [])
            yield return seen.Add(parameter.Key) ? parameter : throw Refusal($"the parameter {parameter.Key} is given twice");
    }

    /// <exception cref="ProblemException">400: the value is no such number.</exception>
    internal static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(name, $"a number from {least} to {most}");

    internal static ProblemException Wrong(string name, string right) => Refusal($"the parameter {name} should be {right}");

    /// <param name="name">The parameter.</param>
    /// <param name="known">What is known instead, with its verb: <c>limit and offset are</c>.</param>
    internal static ProblemException Unknown(string name, string known) => Refusal($"the parameter '{name}' is not known; {known}");

    private static ProblemException Refusal(string detail) => new(Problem.BadRequest(detail));
}
