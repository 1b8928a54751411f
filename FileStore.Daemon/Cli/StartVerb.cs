using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CommandLine;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Cli;

[Verb("start", isDefault: true, HelpText = "Start the daemon in the background.")]
internal sealed class StartArguments : DaemonArguments;

/// <summary>Starts a daemon in the background, and prints its pid and URL or the reason why it failed.</summary>
internal static class StartVerb
{
    private const int ResponseTimeout = 10_000;

    /// <summary>Time that a daemon has until it listens.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    // Variables for talking to the supervisor of this process, which is not the daemon's.
    private static readonly string[] OfSupervisors = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"];

    /// <summary>The path of this program.</summary>
    internal static string Program => Path.Join(AppContext.BaseDirectory, "filestore");

    internal static int Execute(string[] args)
    {
        InheritedState.Reset();
        OpenFileLimit.Require();
        return Execute([.. args.SkipWhile((arg, i) => i == 0 && arg == "start")], RunVerb.CurrentDirectory(), RunVerb.Variables());
    }

    /// <summary>Whether this process may execute it.</summary>
    internal static bool CanRun() => File.Exists(Program);

    /// <summary>Starts a daemon with these options, in this directory and environment.</summary>
    internal static int Execute(IReadOnlyList<string> options, string directory, IReadOnlyDictionary<string, string> environment)
    {
        using var parser = CommandLine.NewParser();
        var home = OptionsLoader.Home(parser.ParseArguments<StartArguments>(options).Value.Given(), environment, directory);
        return Await(NewProcess(home, options, environment), Timeout);
    }

    /// <summary>Starts a process and waits until it listens or ends; it is killed if it takes too long.</summary>
    internal static int Await(ProcessStartInfo start, TimeSpan patience)
    {
        using var daemon = Process.Start(start)!; // disposed at the end: the daemon ends when its standard input does
        var problems = daemon.StandardError.ReadToEndAsync();
        var listening = Task.Run(() => ReadUrls(daemon.StandardOutput));
        if (!listening.Wait(patience))
            return GiveUp(daemon, $"does not listen after {patience.TotalSeconds:0} s", problems);
        if (listening.Result is not { } urls)
        {
            if (!daemon.WaitForExit(patience))
                return GiveUp(daemon, "has closed its output", problems);
            Console.Error.Write(problems.Result.Length > 0 ? problems.Result : $"filestore: the daemon ended with {daemon.ExitCode} before it listened\n");
            return CommandLine.Failed;
        }

        if (!Answers(new Uri(urls[0])))
            return GiveUp(daemon, $"listens on {urls[0]}, but does not answer", problems);
        Console.WriteLine($"filestore runs with pid {daemon.Id} at {string.Join(" and ", urls)}");
        return CommandLine.Ok;
    }

    /// <summary>Kills a daemon and all processes that it started.</summary>
    private static int GiveUp(Process daemon, string reason, Task<string> problems)
    {
        daemon.Kill(entireProcessTree: true);
        daemon.WaitForExit();
        if (problems.Wait(1000))
            Console.Error.Write(problems.Result);
        Console.Error.WriteLine($"filestore: the daemon {reason}; it was ended");
        return CommandLine.Failed;
    }

    /// <summary>Prints the daemon's messages and returns its URLs; null if it ends before it listens.</summary>
    private static string[]? ReadUrls(StreamReader output)
    {
        while (output.ReadLine() is { } line)
        {
            if (line.StartsWith("http", StringComparison.Ordinal))
                return line.Split(' ');
            Console.Error.WriteLine(line);
        }

        return null;
    }

    private static ProcessStartInfo NewProcess(string home, IReadOnlyList<string> options, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Program)
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            if (!OfSupervisors.Contains(name))
                start.Environment[name] = value;
        }

        start.ArgumentList.Add("run");
        start.ArgumentList.Add("--" + RunVerb.Detached);
        start.ArgumentList.Add("--home");
        start.ArgumentList.Add(home);
        for (var i = 0; i < options.Count; i++)
        {
            if (options[i] == "--home")
                i++; // its value
            else if (!options[i].StartsWith("--home=", StringComparison.Ordinal))
                start.ArgumentList.Add(options[i]);
        }

        return start;
    }

    /// <summary>Whether an HTTP response comes back.</summary>
    private static bool Answers(Uri url)
    {
        var endPoint = ListenAddresses.Reachable(IPEndPoint.Parse(url.Authority));
        try
        {
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = ResponseTimeout };
            socket.Connect(endPoint);
            socket.Send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8);
            var answer = new byte[5];
            return socket.Receive(answer) == answer.Length && Encoding.ASCII.GetString(answer) == "HTTP/";
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
