using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Tests.Support;

/// <summary>A file system of a test's own, unmounted when it is disposed of, whatever state it is in. Needs root.</summary>
internal sealed partial class Mounted : IDisposable
{
    // EXT4_IOC_SHUTDOWN, and its flag "do not flush the log": what a power cut leaves.
    private const uint Shutdown = 0x8004587d;
    private const uint NoLogFlush = 2;

    private readonly TempFolder _folder = new();
    private readonly string[] _mount;

    private Mounted(Func<TempFolder, string[]> mount)
    {
        Directory.CreateDirectory(Path);
        _mount = mount(_folder);
        Mount();
    }

    /// <summary>The mount point.</summary>
    public string Path => _folder["mounted"];

    public string this[string name] => System.IO.Path.Join(Path, name);

    /// <summary>A file system in memory, of a given size such as 16m.</summary>
    public static Mounted Tmpfs(string size) => new(_ => ["-t", "tmpfs", "-o", $"size={size}", "filestore-test"]);

    /// <summary>ext4 in an image file. It writes its journal only when asked, so that what nobody flushed is surely lost.</summary>
    public static Mounted Ext4(int megabytes, params string[] mkfs) => new(folder =>
    {
        var image = folder["image"];
        using (var file = File.Create(image))
            file.SetLength((long)megabytes << 20);
        Must("mkfs.ext4", ["-q", "-F", .. mkfs, image]);
        return ["-o", "loop,commit=900", image];
    });

    public void Mount() => Must("mount", [.. _mount, Path]);

    /// <summary>Unmounts. Lazily, it goes from the tree although files are open in it.</summary>
    public void Unmount(bool lazily = false) => Must("umount", lazily ? ["-l", Path] : [Path]);

    /// <summary>Cuts the power: nothing more reaches the device, and nothing can be changed any more.</summary>
    public void CutPower()
    {
        using var root = open(Path, 0);
        var flag = NoLogFlush;
        Assert.That(ioctl(root, Shutdown, ref flag), Is.Zero, $"ioctl: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public void Dispose()
    {
        // The store's folder may be covered more than once.
        for (var i = 0; i < 4 && Command.Run("/", "umount", "-l", Path).ExitCode == 0; i++)
        {
        }

        _folder.Dispose();
    }

    internal static void Must(string program, params string[] arguments)
    {
        var result = Command.Run("/", program, arguments);
        Assert.That(result.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}: {result.Error}");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, ref uint argument);
}

/// <summary>A folder mounted over another, or over itself and read-only, until it is disposed of. Needs root.</summary>
internal sealed class BindMount : IDisposable
{
    private readonly string _target;

    public BindMount(string source, string target, bool readOnly = false)
    {
        _target = target;
        Mounted.Must("mount", "--bind", source, target);
        if (readOnly)
            Mounted.Must("mount", "-o", "remount,bind,ro", target);
    }

    // Lazily, since the daemon may have files open there.
    public void Dispose() => Command.Run("/", "umount", "-l", _target);
}
