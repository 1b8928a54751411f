using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CommandLine;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

[Verb("start", isDefault: true, HelpText = "Start the daemon in the background.")]
internal sealed class StartFlags : DaemonFlags;

/// <summary>Leaves a daemon behind and says where it is, or why there is none.</summary>
internal static class StartVerb
{
    private const int AnswerTime = 10_000;

    internal static int Execute(string[] args) =>
        Execute([.. args.SkipWhile((arg, i) => i == 0 && arg == "start")], Environment.CurrentDirectory, RunVerb.Variables());

    /// <summary>Starts a daemon with these options, in this directory and environment.</summary>
    internal static int Execute(IReadOnlyList<string> options, string directory, IReadOnlyDictionary<string, string> environment)
    {
        using var daemon = Spawn(options, directory, environment);
        daemon.StandardInput.Close();
        var problems = daemon.StandardError.ReadToEndAsync();
        string? line;
        while ((line = daemon.StandardOutput.ReadLine())?.StartsWith("http", StringComparison.Ordinal) == false)
            Console.Error.WriteLine(line);

        if (line is null)
        {
            daemon.WaitForExit();
            Console.Error.Write(problems.Result);
            return CommandLine.Failed;
        }

        var urls = line.Split(' ');
        if (!Answers(new Uri(urls[0])))
        {
            ProcessControl.Signal(daemon.Id, ProcessControl.SigKill);
            Console.Error.WriteLine($"filestore: the daemon listens on {urls[0]}, but does not answer; it was ended");
            return CommandLine.Failed;
        }

        Console.WriteLine($"filestore runs with pid {daemon.Id} at {string.Join(" and ", urls)}");
        return CommandLine.Ok;
    }

    private static Process Spawn(IReadOnlyList<string> options, string directory, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Path.Join(AppContext.BaseDirectory, "filestore"))
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.ArgumentList.Add("run");
        start.ArgumentList.Add("--" + RunVerb.Detached);
        foreach (var option in options)
            start.ArgumentList.Add(option);
        return Process.Start(start)!;
    }

    /// <summary>Whether anything that is HTTP comes back.</summary>
    private static bool Answers(Uri url)
    {
        var endPoint = ListenAddresses.Reachable(IPEndPoint.Parse(url.Authority));
        try
        {
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = AnswerTime };
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
