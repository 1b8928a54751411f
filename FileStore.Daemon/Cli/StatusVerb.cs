using System.Net.Sockets;
using System.Text.Json;
using CommandLine;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

[Verb("status", HelpText = "Show how the daemon is doing.")]
internal sealed class StatusArguments : CommonArguments;

/// <summary>Prints the daemon's state.</summary>
internal static class StatusVerb
{
    internal static int Execute(CommonArguments flags)
    {
        if (GetPidVerb.FindPid(flags) is not { } pid)
            return CommandLine.NotRunning;
        try
        {
            var status = StatusSocket.Ask(pid);
            var uptime = TimeSpan.FromSeconds(status.UptimeSeconds);
            Console.WriteLine($"""
                pid       {pid}
                url       {status.Url}
                uptime    {uptime.Days} d {uptime:hh\:mm\:ss}
                store     {status.Store}
                hash      {status.Hash}
                requests  {status.Requests}
                """);
            return CommandLine.Ok;
        }
        catch (Exception e) when (e is SocketException or JsonException or IOException)
        {
            Console.Error.WriteLine($"filestore: the daemon (pid {pid}) runs, but does not say how it is: {e.Message}");
            return CommandLine.Failed;
        }
    }
}
