using FileStore.Core.Primitives;

namespace FileStore.Core.Tasks;

/// <summary>The tasks and their files. Members may be called from any number of threads.</summary>
/// <param name="items">The tasks, at least one.</param>
public sealed class TaskCatalog(IReadOnlyList<TaskItem> items)
{
    private readonly BlockingThreadPool _threads = new(4);

    /// <summary>The tasks, in the configured order.</summary>
    public IReadOnlyList<TaskItem> Items { get; } = items;

    /// <summary>The task with this number; null if there is none.</summary>
    public TaskItem? Find(long id) => Items.FirstOrDefault(item => item.Id == id);

    /// <summary>Checks a task's file. Returns what is wrong, in words; null if it can be used.</summary>
    public static string? Validate(TaskItem item)
    {
        if (item.File is null)
            return null;
        try
        {
            using var handle = TaskFile.TryOpen(item.File, out _);
            return handle is null ? $"there is no file '{item.File}'" : null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    /// <summary>Opens the current file of a task, which the caller disposes. Null if there is none.</summary>
    /// <exception cref="TaskFileException">It cannot be opened.</exception>
    public Task<TaskFile?> OpenAsync(TaskItem item) => _threads.RunAsync(() => IoErrors.Translate(
        () => item.File is null ? null : TaskFile.TryOpen(item.File, _threads), TaskFileException.From));
}
