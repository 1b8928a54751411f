namespace FileStore.Daemon.Hosting;

/// <summary>Remembers which folders a start will have made. Disposing removes those that are empty, unless they are to be kept.</summary>
internal sealed class NewFolders(params string[] paths) : IDisposable
{
    private string[] _new = [.. paths.SelectMany(Absent).Distinct().OrderByDescending(path => path.Length)];

    internal void Keep() => _new = [];

    public void Dispose()
    {
        foreach (var path in _new)
        {
            try
            {
                Directory.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It was not made, or holds something.
            }
        }
    }

    private static IEnumerable<string> Absent(string path)
    {
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            yield return folder;
    }
}
