using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Exports;

/// <summary>
/// An exported file, or an archive of one under the archive's name. Reading it may throw <see cref="ExportException"/>.
/// </summary>
public sealed class ExportedFile : PlainFile
{
    private readonly bool _isShared;
    private Action? _release;

    internal ExportedFile(SafeFileHandle handle, long length, DateTimeOffset modified, string name, string tag, BlockingThreadPool threads)
        : base(handle, length, modified, name, tag, threads)
    {
    }

    /// <summary>
    /// A reader's view of a shared file. Disposing it calls <paramref name="release"/> once and leaves the file open.
    /// </summary>
    internal ExportedFile(ExportedFile shared, Action release)
        : base(shared.Handle, shared.Length, shared.Modified, shared.Name, shared.Tag, shared.Threads) => (_isShared, _release) = (true, release);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _release, null)?.Invoke();
        return _isShared ? ValueTask.CompletedTask : base.DisposeAsync();
    }

    private protected override Exception? Translate(Exception failure) => ExportException.From(failure);
}
