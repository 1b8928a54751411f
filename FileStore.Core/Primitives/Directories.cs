namespace FileStore.Core.Primitives;

/// <summary>Makes directories.</summary>
public static class Directories
{
    private const UnixFileMode Everybody = (UnixFileMode)0x1FF;

    /// <summary>Makes a directory and those above it, unless it is there.</summary>
    /// <param name="path">The directory, absolute.</param>
    /// <param name="mode">Its permission bits, less the umask.</param>
    /// <exception cref="IOException">It cannot be made. A file in its place is named, which .NET only says to exist.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void Create(string path, UnixFileMode mode = Everybody)
    {
        try
        {
            Directory.CreateDirectory(path, mode);
        }
        catch (IOException e) when (Obstacle(path) is { } file)
        {
            throw new IOException($"'{file}' is {(File.Exists(file) ? "a file, " : "")}not a directory", e);
        }
    }

    /// <summary>What has the name of the directory, or of one above it, and is none; null if nothing has.</summary>
    private static string? Obstacle(string path)
    {
        for (var there = path; there is not null; there = Path.GetDirectoryName(there))
        {
            if (Directory.Exists(there))
                return null;
            if (Posix.LStat(there) is not null) // a link that leads nowhere counts
                return there;
        }

        return null;
    }
}
