using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Resets what a process inherits from its starter: ignored and blocked signals, closed standard streams, open files, the
/// umask (daemon(7), steps 1 to 3). The .NET runtime reads the signals before any code of ours runs, and never handles those
/// that are ignored; so a process with wrong ones resets them and executes itself again.
/// </summary>
internal static partial class InheritedState
{
    private const string Mended = "__FILESTORE_MENDED"; // holds the pid of a process that has done so, which never does it twice
    private const int BrokenPipe = 13, LastSignal = 64;

    /// <summary>Rids the process of that state. It may not return: the same program is executed again then, with the same pid.</summary>
    internal static void Reset()
    {
        var own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var isMended = Environment.GetEnvironmentVariable(Mended) == own;
        Environment.SetEnvironmentVariable(Mended, null);
        if (!isMended && (MendStreams() | MendSignals()))
        {
            _ = setenv(Mended, own, 1);
            _ = execv(Environment.ProcessPath!, [.. ReadStrings("/proc/self/cmdline"), null]);
        }

        KeepOpenFiles();
        _ = umask(umask(0x3F) & 0x3F); // the owner of new files can always use them
    }

    /// <summary>The texts of a file of /proc, each of which ends with a NUL.</summary>
    internal static string[] ReadStrings(string path)
    {
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(path));
        return text.Length == 0 ? [] : (text.EndsWith('\0') ? text[..^1] : text).Split('\0');
    }

    /// <summary>What the kernel says of a process in /proc/PID/status, by name.</summary>
    internal static Dictionary<string, string> ReadStatus(string pid) => File.ReadAllLines($"/proc/{pid}/status")
        .Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim());

    private static bool MendSignals()
    {
        var status = ReadStatus("self");
        // The runtime ignores SIGPIPE itself, and this program SIGXFSZ, so that nobody can tell whether they were before.
        var ignored = Mask(status["SigIgn"]) & ~(1UL << (BrokenPipe - 1)) & ~(1UL << (ProcessControl.SigXfsz - 1));
        if (ignored == 0 && Mask(status["SigBlk"]) == 0)
            return false;
        for (var number = 1; number <= LastSignal; number++)
        {
            if (number == BrokenPipe || (ignored & (1UL << (number - 1))) != 0)
                signal(number, 0);
        }

        const int setMask = 2;
        _ = pthread_sigmask(setMask, new byte[128], 0);
        return true;
    }

    /// <summary>
    /// A standard stream that was closed is given /dev/null. Or the first files that are opened would get its number, and what is
    /// meant for a person would be written to the store. What the runtime has opened there is marked to be closed when a program is
    /// executed, or can only be read.
    /// </summary>
    private static bool MendStreams()
    {
        const int getFlags = 1, getStatus = 3, accessMode = 3;
        var wasClosed = false;
        for (var stream = 0; stream <= 2; stream++)
        {
            if (fcntl(stream, getFlags, 0) == 0 && (stream == 0 || (fcntl(stream, getStatus, 0) & accessMode) != 0))
                continue;
            wasClosed = true;
            using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (nothing.DangerousGetHandle() != stream)
                ProcessControl.Redirect(nothing, stream);
            else
                DoNotCloseOnExecution(nothing);
        }

        return wasClosed;
    }

    private static void DoNotCloseOnExecution(SafeFileHandle file)
    {
        const int setFlags = 2;
        _ = fcntl((int)file.DangerousGetHandle(), setFlags, 0);
        file.SetHandleAsInvalid(); // or it would be closed here
    }

    /// <summary>
    /// Programs that this process starts, a daemon or a job, do not inherit its other open files. It keeps them itself: a
    /// script that locks a file and then executes `filestore run` means to keep the lock.
    /// </summary>
    private static void KeepOpenFiles()
    {
        const int closeRange = 436, closeOnExecution = 4;
        _ = syscall(closeRange, 3, uint.MaxValue, closeOnExecution);
    }

    private static ulong Mask(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [LibraryImport("libc")]
    private static partial nint signal(int signal, nint handler);

    [LibraryImport("libc")]
    private static partial int pthread_sigmask(int how, [In] byte[] mask, nint old);

    [LibraryImport("libc")]
    private static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport("libc")]
    private static partial uint umask(uint mask);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nuint first, nuint last, nuint flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execv(string path, string?[] arguments);
}
