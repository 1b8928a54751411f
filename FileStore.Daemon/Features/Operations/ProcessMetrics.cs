using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace FileStore.Daemon.Features.Operations;

/// <summary>Metrics of the process, under the names that Prometheus's own clients use, and of the garbage collector.</summary>
internal static class ProcessMetrics
{
    private static readonly double StartedAt = (Process.GetCurrentProcess().StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;

    internal static void AddTo(Meter meter)
    {
        meter.CreateObservableCounter("process_cpu_seconds_total", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Processor time, in seconds.");
        meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, "By", "Memory in use, in bytes.");
        meter.CreateObservableGauge("process_open_fds", OpenDescriptors, description: "Open file descriptors.");
        meter.CreateObservableGauge("process_max_fds", MaxDescriptors, description: "Most file descriptors that may be open.");
        meter.CreateObservableGauge("process_threads", () => Directory.EnumerateDirectories("/proc/self/task").Count(), description: "Threads.");
        meter.CreateObservableGauge("process_start_time_seconds", () => StartedAt, "s", "Time of the process's start, in seconds since 1970.");
        meter.CreateObservableGauge("dotnet_gc_heap_bytes", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Managed heap, in bytes.");
        meter.CreateObservableCounter("dotnet_gc_allocated_bytes_total", () => GC.GetTotalAllocatedBytes(), "By", "Allocated bytes.");
        meter.CreateObservableCounter("dotnet_gc_pause_seconds_total", () => GC.GetTotalPauseDuration().TotalSeconds, "s", "Time that collections stopped all threads, in seconds.");
        meter.CreateObservableCounter("dotnet_gc_collections_total", Collections, description: "Collections by generation; an older one counts for the younger too.");
    }

    private static int OpenDescriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() - 1; // without its own

    private static IEnumerable<Measurement<int>> Collections() => Enumerable.Range(0, GC.MaxGeneration + 1)
        .Select(generation => new Measurement<int>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation)));

    private static double MaxDescriptors()
    {
        var limit = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return double.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : double.PositiveInfinity;
    }
}
