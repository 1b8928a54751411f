using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>File metadata.</summary>
internal static partial class Posix
{
    private const int AtEmptyPath = 0x1000;
    private const uint StatxTypeModeInoMtimeSize = 0x1 | 0x2 | 0x40 | 0x100 | 0x200;
    private const uint StatxFull = StatxTypeModeInoMtimeSize | 0x4 | 0x8 | 0x10 | 0x80; // and links, owner, ctime

    /// <summary>statx(2) of an open file: type, inode, mtime and size.</summary>
    internal static FileStatus FStat(SafeFileHandle handle, string path) => FStat(handle, path, StatxTypeModeInoMtimeSize);

    /// <summary>The same, with link count, mode, owner and ctime.</summary>
    internal static FileStatus FStatFull(SafeFileHandle handle, string path) => FStat(handle, path, StatxFull);

    private static FileStatus FStat(SafeFileHandle handle, string path, uint mask)
    {
        int result;
        FileStatus status;
        do
            result = statxHandle(handle, "", AtEmptyPath, mask, out status);
        while (IsInterrupted(result));
        return result == 0 ? status : throw Failure("statx", path);
    }

    /// <summary>statx(2) of a path: type, inode, mtime and size. A link at its end is not followed. Null if nothing is there.</summary>
    internal static FileStatus? LStat(string path)
    {
        const int noFollow = 0x100;
        return LStat(path, noFollow, StatxTypeModeInoMtimeSize);
    }

    /// <summary>The same, with link count, mode, owner and ctime, of the file that a link at the end leads to.</summary>
    internal static FileStatus? StatFull(string path) => LStat(path, 0, StatxFull);

    private static FileStatus? LStat(string path, int flags, uint mask)
    {
        if (Statx(AtFdCwd, path, flags, mask, out var status) == 0)
            return status;
        return Marshal.GetLastPInvokeError() is Enoent or Enotdir ? null : throw Failure("statx", path);
    }

    private static int Statx(int directory, string path, int flags, uint mask, out FileStatus status)
    {
        int result;
        do
            result = statx(directory, path, flags, mask, out status);
        while (IsInterrupted(result));
        return result;
    }

    /// <summary>struct statx, whose layout is the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct FileStatus
    {
        [FieldOffset(16)] internal uint Links;
        [FieldOffset(20)] internal uint User;
        [FieldOffset(24)] internal uint Group;
        [FieldOffset(28)] internal ushort Mode;
        [FieldOffset(32)] internal ulong Inode;
        [FieldOffset(40)] internal long Size;
        [FieldOffset(96)] internal long ChangedSeconds;
        [FieldOffset(104)] internal uint ChangedNanoseconds;
        [FieldOffset(112)] internal long ModifiedSeconds;
        [FieldOffset(120)] internal uint ModifiedNanoseconds;
        [FieldOffset(136)] internal ulong Device;

        internal readonly bool IsRegularFile => (Mode & 0xF000) == 0x8000;

        internal readonly bool IsLink => (Mode & 0xF000) == 0xA000;

        internal readonly bool IsDirectory => (Mode & 0xF000) == 0x4000;

        internal readonly DateTimeOffset Modified => DateTimeOffset.FromUnixTimeSeconds(
            Math.Clamp(ModifiedSeconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statxHandle(SafeFileHandle fd, string path, int flags, uint mask, out FileStatus status);
}
