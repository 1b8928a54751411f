using System.Runtime.InteropServices;

namespace FileStore.Core.Primitives;

/// <summary>Processes.</summary>
internal static partial class Posix
{
    internal const int SigKill = 9, SigTerm = 15, SigCont = 18;

    /// <summary>kill(2): a process, or with a negative number a group. False if there is none, or none that we may signal.</summary>
    internal static bool TrySignal(int process, int signal) => kill(process, signal) == 0;

    /// <summary>Keeps what is open from programs that are started later (close_range(2)): .NET does so for what it opens, our parent may not have.</summary>
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
