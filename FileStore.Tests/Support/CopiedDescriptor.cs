using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Tests.Support;

/// <summary>A copy of the descriptor by which this process has a file open, such as a child has between fork and exec.</summary>
internal sealed partial class CopiedDescriptor : IDisposable
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC: no program that a test starts shall have it

    private readonly SafeFileHandle _copy;

    public CopiedDescriptor(string path)
    {
        var open = Directory.GetFileSystemEntries("/proc/self/fd").Single(descriptor => ProcessUse.TargetOf(descriptor) == path);
        _copy = new SafeFileHandle(fcntl(int.Parse(Path.GetFileName(open), CultureInfo.InvariantCulture), DuplicateCloseOnExec, 0), ownsHandle: true);
        Assert.That(_copy.IsInvalid, Is.False);
    }

    public void Dispose() => _copy.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, int command, int atLeast);
}
