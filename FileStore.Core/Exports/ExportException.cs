using System.Runtime.InteropServices;
using FileStore.Core.Primitives;

namespace FileStore.Core.Exports;

/// <summary>What stood in the way of an export.</summary>
public enum ExportFault
{
    /// <summary>The disk or the quota is full, or the archive is larger than a file may be.</summary>
    NoSpace,

    /// <summary>The daemon's user may not do this to the file or the directory, or nobody may, as it is mounted read-only.</summary>
    Denied,

    /// <summary>The exported directory is gone, or the process is out of file descriptors.</summary>
    Unavailable,

    /// <summary>The file became shorter while it was read.</summary>
    Changed,

    /// <summary>The device reported an error, or something else that has no better name.</summary>
    Failed,
}

/// <summary>Something could not be done in an exported directory.</summary>
public sealed class ExportException(ExportFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What stood in the way.</summary>
    public ExportFault Fault { get; } = fault;

    /// <summary>
    /// Judges what the file system threw; null if it was not the file system. The message names no path, since clients
    /// may see it; the inner exception's does.
    /// </summary>
    /// <param name="e">What was thrown.</param>
    /// <param name="what">What was being done, to stand before the reason.</param>
    internal static ExportException? From(Exception e, string what = "") => e switch
    {
        UnauthorizedAccessException => new(ExportFault.Denied, what + Marshal.GetPInvokeErrorMessage(Posix.Eacces), e),
        FileNotFoundException or DirectoryNotFoundException => new(ExportFault.Unavailable, what + Marshal.GetPInvokeErrorMessage(Posix.Enoent), e),
        EndOfStreamException => new(ExportFault.Changed, what + e.Message, e),
        IOException => new(FaultOf(e.HResult), what + Marshal.GetPInvokeErrorMessage(e.HResult), e),
        _ => null,
    };

    private static ExportFault FaultOf(int errno) => errno switch
    {
        Posix.Enospc or Posix.Edquot or Posix.Efbig => ExportFault.NoSpace,
        Posix.Eacces or Posix.Eperm or Posix.Erofs => ExportFault.Denied,
        Posix.Enoent or Posix.Enotdir or Posix.Emfile or Posix.Enfile => ExportFault.Unavailable,
        _ => ExportFault.Failed,
    };
}
