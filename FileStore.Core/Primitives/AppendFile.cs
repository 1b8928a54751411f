using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// A file that is opened with O_APPEND, which .NET does not offer: every write goes to the current end, even if another
/// program has truncated the file or several descriptors write to it. It may be a pipe or a terminal. The caller disposes
/// it.
/// </summary>
public sealed class AppendFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;

    private AppendFile(string path, SafeFileHandle handle)
    {
        _path = path;
        Handle = handle;
        _stream = new FileStream(handle, FileAccess.Write, bufferSize: 0); // a FileStream can write to a pipe too
    }

    /// <summary>The open file.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Its length in bytes; 0 unless it is a regular file.</summary>
    public long Length => Posix.FStat(Handle, _path) is { IsRegularFile: true } status ? status.Size : 0;

    /// <summary>Opens a file, creating it (mode 0644 less the umask) if it does not exist.</summary>
    /// <exception cref="IOException">
    /// It cannot be opened; HResult is the errno. A FIFO without a reader cannot be opened.
    /// </exception>
    public static AppendFile Open(string path)
    {
        const int flags = Posix.OWriteOnly | Posix.OCreate | Posix.OAppend | Posix.ONoTerminal;
        var handle = Posix.TryOpen(path, flags | Posix.ONonBlocking, out var errno, mode: 0x1A4)
            ?? throw (errno == Posix.Enxio ? new IOException($"'{path}' is a FIFO without a reader, or a socket", errno) : Posix.Failure("open", path, errno));
        Posix.SetBlocking(handle, Posix.OAppend);
        return new AppendFile(path, handle);
    }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="IOException">Some or all could not be written.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Posix.Failure("write", _path, Posix.Efbig); // .NET reports EFBIG that way
        }
    }

    public void Dispose() => _stream.Dispose();
}
