using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>
/// A folder in which the program is used by its verbs, as at a terminal. Disposing ends every daemon that was left
/// running there, and removes the folder.
/// </summary>
internal sealed partial class DaemonHome : IDisposable
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private static readonly string[] SignalNames = // signal(7)
        ["0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP"];

    private readonly TempFolder _folder = new();

    public string Path => _folder.Path;

    public string this[string name] => _folder[name];

    /// <summary>Runs a verb in this folder.</summary>
    public CommandResult Run(params string[] arguments) => RunIn(Path, NoVariables, arguments);

    /// <summary>The same for a verb that starts nothing, in this process.</summary>
    public CommandResult Call(params string[] arguments) => InProcess.Run(arguments.Contains("--home") ? arguments : [.. arguments, "--home", Path]);

    public CommandResult RunWith(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        RunIn(Path, environment, arguments);

    public static CommandResult RunIn(string directory, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Command.Run(directory, environment, Command.FileStore, arguments);

    /// <summary>Starts a daemon on loopback, on a port that the system chooses unless the options name one.</summary>
    public StartedDaemon Start(params string[] options) => StartWith(NoVariables, options);

    public StartedDaemon StartWith(IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        string[] port = options.Contains("--port") ? [] : ["--port", "0"];
        return Started(RunWith(environment, ["start", "--host", "127.0.0.1", .. port, .. options]));
    }

    /// <summary>What <c>start</c> or <c>restart</c> says on success.</summary>
    public static StartedDaemon Started(CommandResult result)
    {
        result.ExitCode.Should().Be(0, result.Error);
        var match = StartLine().Match(result.Output);
        match.Success.Should().BeTrue($"it says pid and URL, not: {result.Output}");
        return new StartedDaemon(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), new Uri(match.Groups[2].Value));
    }

    /// <summary>What get_pid prints; null if nothing runs.</summary>
    public int? Pid(params string[] options)
    {
        var result = Call(["get_pid", .. options]);
        return result.ExitCode == 0 ? int.Parse(result.Output, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The daemons whose working directory or command line lies here.</summary>
    public int[] Daemons() =>
        [.. from process in Directory.EnumerateDirectories("/proc")
            let name = System.IO.Path.GetFileName(process)
            where name.All(char.IsAsciiDigit) && IsDaemonOfOurs(process)
            select int.Parse(name, CultureInfo.InvariantCulture)];

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        // None of those that the system gives to who asks for any: somebody else might be given it meanwhile.
        while (true)
        {
            var port = Random.Shared.Next(10_000, 32_000);
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another, then.
            }
        }
    }

    /// <summary>Sends a signal by its name, such as TERM. One that has ended is none to send it to.</summary>
    public static void Signal(int pid, string name) => _ = kill(pid, Array.IndexOf(SignalNames, name));

    public void Dispose()
    {
        foreach (var pid in Daemons())
            Signal(pid, "KILL");
        Eventually.Until(() => Daemons().Length == 0, "daemons end when they are killed");
        _folder.Dispose();
    }

    private bool IsDaemonOfOurs(string process)
    {
        try
        {
            var arguments = File.ReadAllText($"{process}/cmdline").Split('\0');
            return arguments.Contains("run")
                && (arguments.Any(argument => argument.Contains(Path, StringComparison.Ordinal)) || IsHere(process));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended since
        }
    }

    private bool IsHere(string process) =>
        Directory.ResolveLinkTarget($"{process}/cwd", returnFinalTarget: false)!.FullName.StartsWith(Path, StringComparison.Ordinal);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [GeneratedRegex(@"pid (\d+) at (http://\S+/)\s*$")]
    private static partial Regex StartLine();
}

/// <summary>A daemon in the background.</summary>
internal sealed record StartedDaemon(int Pid, Uri Url)
{
    public HttpClient NewClient() => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Url };

    public Socket Connect(int receiveBuffer = 0) => RawHttp.Connect(new(IPAddress.Loopback, Url.Port), receiveBuffer);
}
