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

    /// <summary>The exported directory is gone, or the process is out of file descriptors or memory.</summary>
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
    internal static ExportException? From(Exception e, string what = "") => (e, DiskFaults.Of(e)) switch
    {
        (EndOfStreamException, _) => new(ExportFault.Changed, what + e.Message, e),
        (_, null) => null,
        (_, DiskFault.NoSpace or DiskFault.FileTooLarge) => new(ExportFault.NoSpace, what + Reason(e), e),
        (_, DiskFault.Denied) => new(ExportFault.Denied, what + Reason(e), e),
        (_, DiskFault.Unavailable) => new(ExportFault.Unavailable, what + Reason(e), e),
        _ => new(ExportFault.Failed, what + Reason(e), e),
    };

    private static string Reason(Exception e) => Marshal.GetPInvokeErrorMessage(e switch
    {
        UnauthorizedAccessException => Posix.Eacces,
        FileNotFoundException or DirectoryNotFoundException => Posix.Enoent,
        ArgumentOutOfRangeException => Posix.Efbig,
        _ => e.HResult,
    });
}
