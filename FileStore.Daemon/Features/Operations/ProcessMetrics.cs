using System.Diagnostics;
using System.Globalization;

namespace FileStore.Daemon.Features.Operations;

/// <summary>What the process takes, under the names that Prometheus's own clients use, and what the garbage collector does.</summary>
internal static class ProcessMetrics
{
    private static readonly double StartedAt = (Process.GetCurrentProcess().StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;

    internal static void Add(MetricsText text)
    {
        text.Metric("process_cpu_seconds_total", "counter", "Processor time, in seconds.").Sample(Environment.CpuUsage.TotalTime.TotalSeconds)
            .Metric("process_resident_memory_bytes", "gauge", "Memory in use, in bytes.").Sample(Environment.WorkingSet)
            .Metric("process_open_fds", "gauge", "Open file descriptors.").Sample(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() - 1) // its own
            .Metric("process_max_fds", "gauge", "File descriptors that may be open.").Sample(MaxDescriptors())
            .Metric("process_threads", "gauge", "Threads.").Sample(Directory.EnumerateDirectories("/proc/self/task").Count())
            .Metric("process_start_time_seconds", "gauge", "When it was started, in seconds since 1970.").Sample(StartedAt)
            .Metric("dotnet_gc_heap_bytes", "gauge", "The managed heap, in bytes.").Sample(GC.GetTotalMemory(forceFullCollection: false))
            .Metric("dotnet_gc_allocated_bytes_total", "counter", "Bytes that were allocated.").Sample(GC.GetTotalAllocatedBytes())
            .Metric("dotnet_gc_pause_seconds_total", "counter", "Time in which everything stood still, in seconds.").Sample(GC.GetTotalPauseDuration().TotalSeconds)
            .Metric("dotnet_gc_collections_total", "counter", "Collections, by generation; the older ones count with the younger.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            text.Sample(GC.CollectionCount(generation), $"generation=\"{generation}\"");
    }

    private static double MaxDescriptors()
    {
        var limit = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return double.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : double.PositiveInfinity;
    }
}
