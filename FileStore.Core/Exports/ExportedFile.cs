using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Exports;

/// <summary>A file of an export, or what was packed of one under the name that the archive would have. Reading it may throw <see cref="ExportException"/>.</summary>
public sealed class ExportedFile : PlainFile
{
    internal ExportedFile(SafeFileHandle handle, long length, DateTimeOffset modified, string name, string tag, BlockingThreads threads)
        : base(handle, length, modified, name, tag, threads)
    {
    }

    private protected override Exception Named(Exception failure) => ExportException.From(failure)!;
}
