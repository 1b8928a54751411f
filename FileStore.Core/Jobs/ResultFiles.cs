using System.Globalization;
using System.Text.Json;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>The output of jobs that is too long for the journal, one file per job: <c>results/45.json</c>.</summary>
internal sealed class ResultFiles
{
    private readonly string _directory;
    private readonly BlockingThreadPool _threads;

    /// <exception cref="IOException">The directory cannot be created.</exception>
    internal ResultFiles(string directory, BlockingThreadPool threads)
    {
        _directory = directory;
        _threads = threads;
        Directories.Create(directory, LineJournal.OwnerOnlyDirectory);
    }

    /// <summary>Saves the output of a result, if it is long, before the result is recorded.</summary>
    /// <returns>The result with previews of its output.</returns>
    /// <exception cref="JobHistoryException">The output could not be written.</exception>
    internal async Task<JobResult> SaveAsync(long id, JobResult result)
    {
        var preview = ToPreview(result);
        if (preview.Stdout.IsPreview || preview.Stderr.IsPreview)
        {
            await _threads.RunAsync(() => IoErrors.Translate(() =>
            {
                var texts = new ResultTexts(result.Stdout.Text, result.Stderr.Text);
                DurableFile.Replace(PathOf(id), JsonSerializer.SerializeToUtf8Bytes(texts, JobJson.Context.ResultTexts), LineJournal.OwnerOnlyFile);
                return true;
            }, JobHistoryException.From));
        }

        return preview;
    }

    /// <summary>The result with previews of its output.</summary>
    internal static JobResult ToPreview(JobResult result) =>
        result with { Stdout = result.Stdout.ToPreview(), Stderr = result.Stderr.ToPreview() };

    /// <summary>Loads the whole output of a result. Null if it was deleted in the meantime.</summary>
    /// <exception cref="JobHistoryException">It cannot be read.</exception>
    internal async Task<JobResult?> LoadAsync(long id, JobResult preview)
    {
        if (!preview.Stdout.IsPreview && !preview.Stderr.IsPreview)
            return preview;
        var texts = await _threads.RunAsync(() => IoErrors.Translate(
            () => DurableFile.TryRead(PathOf(id), int.MaxValue, out _) is { } bytes ? JsonSerializer.Deserialize(bytes, JobJson.Context.ResultTexts) : null,
            JobHistoryException.From));
        return texts is null ? null : preview with
        {
            Stdout = preview.Stdout with { Text = texts.Stdout, IsPreview = false },
            Stderr = preview.Stderr with { Text = texts.Stderr, IsPreview = false },
        };
    }

    /// <summary>Deletes the output of a deleted result.</summary>
    internal void Delete(long id) => Posix.UnlinkQuietly(PathOf(id));

    /// <summary>Deletes files without a result, which a crash may leave.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    internal void DeleteOrphans(Func<long, bool> isWanted)
    {
        foreach (var path in Posix.Uninterrupted(() => Directory.GetFiles(_directory)))
        {
            if (!long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !isWanted(id))
                Posix.UnlinkQuietly(path);
        }
    }

    private string PathOf(long id) => Path.Join(_directory, string.Create(CultureInfo.InvariantCulture, $"{id}.json"));
}
