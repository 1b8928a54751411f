using System.Text.Json.Serialization;
using FileStore.Core.Tasks;

namespace FileStore.Daemon.Features.Tasks;

/// <summary>A line of the list of tasks.</summary>
internal sealed record ListedTask(long Id, string Name);

/// <summary>The list of tasks.</summary>
internal sealed record ListedTasks(IReadOnlyList<ListedTask> Tasks);

/// <summary>The response to a report; <paramref name="Errors"/> is null if there are none.</summary>
internal sealed record ValidatedReport(
    long Id, string Name, string Status, string FileHash,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Errors);

/// <summary>The JSON of tasks.</summary>
[JsonSerializable(typeof(ListedTasks))]
[JsonSerializable(typeof(ValidatedReport))]
[JsonSerializable(typeof(ReportPage))]
internal sealed partial class TaskJson : JsonSerializerContext
{
    internal static readonly TaskJson Context = new(JsonResponse.NewOptions());
}
