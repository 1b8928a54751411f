using System.Globalization;
using FileStore.Core.Tasks;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Tasks;

/// <summary>Reads the task that a request names by its number, in the parameter <c>id</c>.</summary>
internal static class TaskParameters
{
    /// <summary>The task that the request names; null if it names none.</summary>
    /// <exception cref="ProblemException">400: it is not a number; 404: there is no such task.</exception>
    internal static TaskItem? Given(Request request, TaskCatalog tasks) => request.Query("id") is { } value ? Find(value, tasks) : null;

    private static TaskItem Find(string value, TaskCatalog tasks)
    {
        if (value.Length == 0 || !value.All(char.IsAsciiDigit))
            throw Parameters.Wrong("id", "the number of a task");
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && tasks.Find(id) is { } task
            ? task
            : throw new ProblemException(Problem.NotFound("no such task"));
    }
}
