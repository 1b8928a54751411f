namespace FileStore.Daemon.Hosting;

/// <summary>Remembers the folders that a start creates. Disposing removes the empty ones, unless <see cref="Keep"/> was called.</summary>
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
                // It does not exist, or is not empty.
            }
        }
    }

    private static IEnumerable<string> Absent(string path)
    {
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            yield return folder;
    }
}
