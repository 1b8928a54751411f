using System.Globalization;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>The values of the query's parameters.</summary>
internal static class Parameters
{
    /// <exception cref="ProblemException">400: the value is no such number.</exception>
    internal static int Number(string name, string value, int min, int max) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw Wrong(name, $"a number from {min} to {max}");

    internal static ProblemException Wrong(string name, string right) => new(Problem.BadRequest($"the parameter {name} should be {right}"));
}
