using System.Diagnostics;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>
/// A network of its own (network_namespaces(7)) with an address that is not loopback, so that a client can be a stranger
/// and the machine's own network stays as it is. Needs root.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    public const string Address = "192.0.2.1"; // RFC 5737: for documentation

    private readonly Process _holder;

    public NetworkNamespace()
    {
        _holder = Process.Start(new ProcessStartInfo("unshare", ["--net", "sleep", "infinity"]))!;
        var own = Directory.ResolveLinkTarget("/proc/self/ns/net", returnFinalTarget: false)!.Name;
        Eventually.Until(() => Directory.ResolveLinkTarget($"/proc/{_holder.Id}/ns/net", returnFinalTarget: false)?.Name != own, "the network is made");
        Run("ip", "link", "set", "lo", "up").ExitCode.Should().Be(0);
        Run("ip", "address", "add", $"{Address}/32", "dev", "lo").ExitCode.Should().Be(0);
    }

    /// <summary>What to put before a command so that it runs there.</summary>
    public string[] Enter => ["nsenter", "--target", $"{_holder.Id}", "--net"];

    public CommandResult Run(params string[] command)
    {
        string[] all = [.. Enter, .. command];
        return Command.Run("/", all[0], all[1..]);
    }

    public void Dispose()
    {
        _holder.Kill();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
