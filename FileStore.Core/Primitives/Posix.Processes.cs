using System.Runtime.InteropServices;

namespace FileStore.Core.Primitives;

/// <summary>Processes.</summary>
internal static partial class Posix
{
    internal const int SigKill = 9, SigTerm = 15, SigCont = 18;

    /// <summary>
    /// Sends a signal to a process, or to a group if the number is negative (kill(2)). False if there is none that we may
    /// signal.
    /// </summary>
    internal static bool TrySignal(int process, int signal) => kill(process, signal) == 0;

    /// <summary>
    /// Marks all open files close-on-exec (close_range(2)). .NET does that for the files that it opens; our parent may not
    /// have done it.
    /// </summary>
    internal static void KeepOpenFilesToOurselves()
    {
        const int closeRange = 436, closeOnExec = 4;
        _ = syscall(closeRange, 3, uint.MaxValue, closeOnExec);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nuint first, nuint last, nuint flags);
}
