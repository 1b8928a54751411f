namespace FileStore.Tests.Support;

/// <summary>How jobs are turned on.</summary>
internal static class JobsOptions
{
    public static readonly string[] On = [];
}
