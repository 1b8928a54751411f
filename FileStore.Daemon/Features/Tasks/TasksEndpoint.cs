using FileStore.Core.Tasks;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Tasks;

/// <summary>Serves the tasks and their files: <c>/tasks</c> and <c>/tasks/download</c> below the base.</summary>
internal sealed class TasksEndpoint(TaskCatalog tasks, ContentResponse response)
{
    /// <summary>GET /tasks.</summary>
    internal Task ListAsync(Request request)
    {
        var listed = tasks.Items.Select(task => new ListedTask(task.Id, task.Name));
        return JsonResponse.RespondAsync(request, 200, new ListedTasks([.. listed]), TaskJson.Context.ListedTasks);
    }

    /// <summary>GET and HEAD of /tasks/download.</summary>
    internal async Task DownloadAsync(Request request)
    {
        var task = TaskParameters.Given(request, tasks) ?? tasks.Items.FirstOrDefault(task => task.File is not null);
        await using var file = task is null ? null : await tasks.OpenAsync(task);
        if (file is null)
        {
            await request.RespondProblemAsync(Problem.NotFound(
                task is null ? "no task has a file" : task.File is null ? $"the task {task.Id} has no file" : $"the file of the task {task.Id} is not there at the moment"));
            return;
        }

        await response.SendAsync(request, file, $"\"{file.Tag}\"", "public, no-cache", () =>
        {
            request.Exchange.SetHeader("Content-Type", MediaTypes.Of(file.Name));
            request.Exchange.SetHeader("Content-Disposition", ContentDisposition.Attachment(file.Name));
        });
    }
}
