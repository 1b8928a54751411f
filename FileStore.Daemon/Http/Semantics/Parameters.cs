using System.Globalization;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Query parameters.</summary>
internal static class Parameters
{
    /// <summary>Parses a whole number between two limits, both included.</summary>
    /// <exception cref="ProblemException">400: it is not such a number.</exception>
    internal static int Number(string name, string value, int min, int max) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw Wrong(name, $"a number from {min} to {max}");

    /// <summary>Parses true or false.</summary>
    /// <exception cref="ProblemException">400: it is neither.</exception>
    internal static bool Switch(string name, string value) => value is "true" or "false" ? value == "true" : throw Wrong(name, "true or false");

    internal static ProblemException Wrong(string name, string right) => new(Problem.BadRequest($"the parameter {name} should be {right}"));
}
