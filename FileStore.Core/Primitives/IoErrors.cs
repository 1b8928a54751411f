namespace FileStore.Core.Primitives;

/// <summary>Turns failures of the file system into a component's exception.</summary>
internal static class IoErrors
{
    /// <summary>Runs file system calls and translates what they throw.</summary>
    /// <param name="work">The calls.</param>
    /// <param name="translate">Makes the component's exception; null for an exception that is passed on unchanged.</param>
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
