using System.Globalization;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>The values of the query's parameters.</summary>
internal static class Parameters
{
    /// <exception cref="ProblemException">400: the value is no such number.</exception>
    internal static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(name, $"a number from {least} to {most}");

    internal static ProblemException Wrong(string name, string right) => new(Problem.BadRequest($"the parameter {name} should be {right}"));
}
