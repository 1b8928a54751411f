namespace FileStore.Core.Primitives;

/// <summary>The one place where failures of the file system become the exceptions of a component.</summary>
internal static class IoErrors
{
    /// <summary>Runs file system calls.</summary>
    /// <param name="work">The calls.</param>
    /// <param name="translate">Makes the component's exception of what was thrown; null if it was not the file system's.</param>
    /// <returns>The result of <paramref name="work"/>.</returns>
    internal static T Translate<T>(Func<T> work, Func<Exception, Exception?> translate)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (translate(e) is { } translated)
        {
            throw translated;
        }
    }
}
