using System.Globalization;
using System.Text.Json;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>The texts of results that are too long for the journal, a file each: <c>results/45.json</c>.</summary>
internal sealed class ResultFiles
{
    private readonly string _folder;
    private readonly BlockingThreads _threads;

    /// <exception cref="IOException">The folder cannot be made.</exception>
    internal ResultFiles(string folder, BlockingThreads threads)
    {
        _folder = folder;
        _threads = threads;
        Folder.Make(folder, LineJournal.OwnersFolder);
    }

    /// <summary>Puts away the texts of a result that is to be recorded, if they are long.</summary>
    /// <returns>The result with no more than the beginnings of its texts.</returns>
    /// <exception cref="JobHistoryException">They could not be written.</exception>
    internal async Task<JobResult> KeepAsync(long id, JobResult result)
    {
        var heads = Previews(result);
        if (heads.Stdout.IsPreview || heads.Stderr.IsPreview)
        {
            await _threads.RunAsync((Func<bool>)(() => JobHistory.TranslateIoErrors((Func<bool>)(() =>
            {
                var texts = new ResultTexts(result.Stdout.Text, result.Stderr.Text);
                DurableFile.Replace(PathOf(id), JsonSerializer.SerializeToUtf8Bytes<ResultTexts>(texts, JobJson.Context.ResultTexts), LineJournal.OwnersFile);
                return true;
            }))));
        }

        return heads;
    }

    /// <summary>The result with no more than the beginnings of its texts.</summary>
    internal static JobResult Previews(JobResult result) =>
        result with { Stdout = result.Stdout.ToPreview(), Stderr = result.Stderr.ToPreview() };

    /// <summary>The result with its whole texts; null if it has been deleted meanwhile.</summary>
    /// <exception cref="JobHistoryException">They cannot be read.</exception>
    internal async Task<JobResult?> CompleteAsync(long id, JobResult heads)
    {
        if (!heads.Stdout.IsPreview && !heads.Stderr.IsPreview)
            return heads;
        var texts = await _threads.RunAsync(() => JobHistory.TranslateIoErrors(() =>
            DurableFile.TryRead(PathOf(id), int.MaxValue, out _) is { } bytes ? JsonSerializer.Deserialize(bytes, JobJson.Context.ResultTexts) : null));
        return texts is null ? null : heads with
        {
            Stdout = heads.Stdout with { Text = texts.Stdout, IsPreview = false },
            Stderr = heads.Stderr with { Text = texts.Stderr, IsPreview = false },
        };
    }

    /// <summary>Removes the texts of a result that is gone.</summary>
    internal void Drop(long id) => Posix.UnlinkQuietly(PathOf(id));

    /// <summary>Removes what belongs to no result, which is what a crash leaves.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    internal void Sweep(Func<long, bool> isWanted)
    {
        foreach (var path in Posix.Uninterrupted(() => Directory.GetFiles(_folder)))
        {
            if (!long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !isWanted(id))
                Posix.UnlinkQuietly(path);
        }
    }

    private string PathOf(long id) => Path.Join(_folder, string.Create(CultureInfo.InvariantCulture, $"{id}.json"));
}
