using System.Text;
using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Relay;

/// <summary>A path is not below an allowed root.</summary>
public sealed class OutsideRootsException() : Exception("the path is not below a directory of relay.roots");

/// <summary>The directories of this machine whose files may be forwarded.</summary>
/// <param name="roots">The directories, absolute. Links are resolved, in roots as in files.</param>
public sealed class LocalRoots(IReadOnlyList<string> roots)
{
    private const int MaxLinks = 40, MaxPath = 4095; // path_resolution(7)

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">An absolute path.</param>
    /// <returns>The file, which the caller disposes; null if it does not exist.</returns>
    /// <exception cref="OutsideRootsException">It is not below a root, or would not be if it existed.</exception>
    /// <exception cref="UnauthorizedAccessException">The daemon has no permission to read it.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public FileStream? Open(string path)
    {
        // Checked before the file system is accessed, so that nobody learns what exists elsewhere.
        var plain = Path.IsPathRooted(path) && !path.Contains('\0') ? Path.GetFullPath(path) : throw new OutsideRootsException();
        if (!roots.Concat(RealRoots()).Any(root => IsBelow(plain, root)))
            throw new OutsideRootsException();
        if (Encoding.UTF8.GetByteCount(path) > MaxPath)
            return null; // too long to exist
        // O_PATH has no side effects (open(2)), and pins the file, so its path and type cannot change any more.
        using var pathHandle = Posix.TryOpen(path, Posix.OPath, out var errno);
        if (pathHandle is null)
        {
            using var ancestor = OpenNearestAncestor(path);
            RequireBelow(ancestor);
            return errno is Posix.Enoent or Posix.Enotdir or Posix.Enametoolong or Posix.Eloop ? null : throw Failure(path, errno);
        }

        RequireBelow(pathHandle);
        if (!Posix.FStat(pathHandle, path).IsRegularFile)
            return null;
        var file = Posix.TryOpen(Posix.PathOf(pathHandle), Posix.OReadOnly | Posix.ONonBlocking, out errno) ?? throw Failure(path, errno);
        return new FileStream(file, FileAccess.Read, bufferSize: 0);
    }

    /// <summary>Checks the real path, with links resolved.</summary>
    private void RequireBelow(SafeFileHandle pathHandle)
    {
        var real = new FileInfo(Posix.PathOf(pathHandle)).LinkTarget!;
        if (!RealRoots().Any(root => IsBelow(real, root)))
            throw new OutsideRootsException();
    }

    /// <summary>The nearest existing ancestor of a missing path, links resolved.</summary>
    private static SafeFileHandle OpenNearestAncestor(string path)
    {
        var links = 0;
        SafeFileHandle? pathHandle;
        while ((pathHandle = Posix.TryOpen(path, Posix.OPath, out var errno)) is null)
        {
            var directory = Path.GetDirectoryName(path) ?? throw Failure(path, errno);
            var target = links < MaxLinks ? new FileInfo(path).LinkTarget : null;
            links += target is null ? 0 : 1;
            path = target is null ? directory : Path.Combine(directory, target);
        }

        return pathHandle;
    }

    private IEnumerable<string> RealRoots()
    {
        foreach (var root in roots)
        {
            using var pathHandle = Posix.TryOpen(root, Posix.OPath, out _);
            if (pathHandle is not null)
                yield return new FileInfo(Posix.PathOf(pathHandle)).LinkTarget!;
        }
    }

    private static bool IsBelow(string path, string root)
    {
        var directory = Path.TrimEndingDirectorySeparator(root);
        return path == directory || path.StartsWith(directory.Length == 1 ? directory : $"{directory}/", StringComparison.Ordinal);
    }

    private static Exception Failure(string path, int errno) => errno is Posix.Eacces or Posix.Eperm
        ? new UnauthorizedAccessException("the daemon has no permission to read the file", Posix.Failure("open", path, errno))
        : Posix.Failure("open", path, errno);
}
