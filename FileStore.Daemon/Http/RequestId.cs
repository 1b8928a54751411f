namespace FileStore.Daemon.Http;

/// <summary>Identifies a request in the response and in the log; unique within the process, and almost certainly beyond it.</summary>
internal static class RequestId
{
    private static readonly string Process = Random.Shared.Next().ToString("x8");
    private static int _count;

    internal static string New() => Process + Interlocked.Increment(ref _count).ToString("x8");
}
