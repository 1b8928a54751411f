namespace FileStore.Daemon.Http;

/// <summary>Names a request in the answer and in the log: unique within the process, and nearly so beyond it.</summary>
internal static class RequestId
{
    private static readonly string Process = Random.Shared.Next().ToString("x8");
    private static int _count;

    internal static string New() => Process + Interlocked.Increment(ref _count).ToString("x8");
}
