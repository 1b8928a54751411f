using System.Globalization;
using System.Text.Json;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>The texts of results that are too long for the journal, a file each: <c>results/45.json</c>.</summary>
internal sealed class ResultFiles
{
    private readonly string _directory;
    private readonly BlockingThreadPool _threads;

    /// <exception cref="IOException">The folder cannot be made.</exception>
    internal ResultFiles(string directory, BlockingThreadPool threads)
    {
        _directory = directory;
        _threads = threads;
        Directory.CreateDirectory(directory, LineJournal.OwnerOnlyDirectory);
    }

    /// <summary>Puts away the texts of a result that is to be recorded, if they are long.</summary>
    /// <returns>The result with no more than the beginnings of its texts.</returns>
    /// <exception cref="JobHistoryException">They could not be written.</exception>
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

    /// <summary>The result with no more than the beginnings of its texts.</summary>
    internal static JobResult ToPreview(JobResult result) =>
        result with { Stdout = result.Stdout.ToPreview(), Stderr = result.Stderr.ToPreview() };

    /// <summary>The result with its whole texts; null if it has been deleted meanwhile.</summary>
    /// <exception cref="JobHistoryException">They cannot be read.</exception>
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

    /// <summary>Removes the texts of a result that is gone.</summary>
    internal void Delete(long id) => Posix.UnlinkQuietly(PathOf(id));

    /// <summary>Removes what belongs to no result, which is what a crash leaves.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
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
