using FileStore.Core.Exports;

namespace FileStore.Tests.Support;

/// <summary>A directory that is exported as <c>d</c>, beside it a folder for scratch files, and what was logged about it.</summary>
internal sealed class ExportFolder : IDisposable
{
    private readonly TempFolder _folder = new();
    private ExportRoots? _roots;
    private ExportArchiver? _archiver;

    public ExportFolder()
    {
        Path = _folder["d"];
        Scratch = _folder["scratch"];
        Directory.CreateDirectory(Path);
        Directory.CreateDirectory(Scratch);
    }

    public string Path { get; init; }

    public string Scratch { get; init; }

    public LoggedLines Log { get; } = new();

    /// <summary>Opened at first use.</summary>
    public ExportRoots Roots => _roots ??= Open();

    public ExportArchiver Archiver => _archiver ??= new ExportArchiver(Roots, Scratch, TimeProvider.System, Log.Logger);

    /// <summary>The path of a file in the directory.</summary>
    public string this[string name] => System.IO.Path.Join(Path, name);

    /// <summary>A place outside.</summary>
    public string Beside(string name) => _folder[name];

    public ExportRoots Open() => ExportRoots.Open(new Dictionary<string, string> { ["d"] = Path }, Log.Logger);

    public void Write(string name, string content = "") => File.WriteAllText(this[name], content);

    /// <summary>A file of zeros that takes no room.</summary>
    public void WriteSparse(string name, long length)
    {
        using var file = File.Create(this[name]);
        file.SetLength(length);
    }

    /// <summary>Everything that lies there, hidden or not, in order.</summary>
    public string[] Names() => [.. Directory.EnumerateFileSystemEntries(Path).Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public async Task<string[]> ListAsync(string? prefix = null, string? suffix = null) =>
        [.. (await Roots.ListAsync("d", new NamePattern(prefix, suffix))).Select(entry => entry.Name)];

    /// <summary>Opens a file that is there.</summary>
    public async Task<ExportedFile> OpenAsync(string name) => (await Roots.OpenAsync("d", name))!;

    public void Dispose()
    {
        _archiver?.Dispose();
        _folder.Dispose();
    }
}
