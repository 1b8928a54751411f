using System.Runtime.InteropServices;
using FileStore.Core.Primitives;

namespace FileStore.Core.Exports;

/// <summary>An operation in an exported directory failed.</summary>
/// <param name="fault">The kind of failure.</param>
/// <param name="message">What happened, without paths: clients may see it.</param>
/// <param name="inner">What the file system threw. Its message may name paths.</param>
public sealed class ExportException(DiskFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public DiskFault Fault { get; } = fault;

    /// <summary>Translates an exception of the file system; null if it is another one.</summary>
    internal static ExportException? From(Exception e) => From(e, "");

    /// <param name="e">The exception.</param>
    /// <param name="prefix">Text that precedes the reason in the message.</param>
    internal static ExportException? From(Exception e, string prefix) =>
        DiskFaults.Of(e) is { } fault ? new(fault, prefix + (fault == DiskFault.Changed ? e.Message : Reason(e)), e) : null;

    private static string Reason(Exception e) => Marshal.GetPInvokeErrorMessage(e switch
    {
        UnauthorizedAccessException => Posix.Eacces,
        FileNotFoundException or DirectoryNotFoundException => Posix.Enoent,
        ArgumentOutOfRangeException => Posix.Efbig,
        _ => e.HResult,
    });
}
