using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace FileStore.Tests.Support;

/// <summary>
/// The built program, running in the foreground in a folder of its own on a port that the system chose.
/// Disposing kills it; the folder stays the caller's.
/// </summary>
internal sealed partial class DaemonProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _log = [];

    private DaemonProcess(Process process, string home, IPAddress address)
    {
        _process = process;
        Home = home;
        Address = address;
    }

    /// <summary>The daemon's --home.</summary>
    public string Home { get; }

    public int Pid => _process.Id;

    public int Port { get; private set; }

    /// <summary>The port of HTTPS; 0 if there is none.</summary>
    public int TlsPort { get; private set; }

    /// <summary>Where it is reached: loopback, of the family that <c>--host</c> names.</summary>
    public IPAddress Address { get; }

    public Uri Url => new($"http://{new IPEndPoint(Address, Port)}/");

    public Uri SecureUrl => new($"https://localhost:{TlsPort}/");

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What it has printed so far: its log.</summary>
    public string LogText
    {
        get
        {
            lock (_log)
                return string.Join('\n', _log);
        }
    }

    /// <summary>Starts <c>filestore run</c> and returns once it listens: on 127.0.0.1, unless the options name a host.</summary>
    public static DaemonProcess Start(string home, params string[] options) => StartUnder([], home, options);

    /// <summary>The same below another program, such as <c>prlimit --nofile=200</c> or <c>strace -f …</c>.</summary>
    public static DaemonProcess StartUnder(string[] wrapper, string home, params string[] options)
    {
        var named = Array.IndexOf(options, "--host");
        string[] host = named < 0 ? ["--host", "127.0.0.1"] : [];
        var address = named >= 0 && options[named + 1].Contains(':') ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        string[] command = [.. wrapper, Command.FileStore, "run", "--home", home, "--port", "0", .. host, .. options];
        var daemon = new DaemonProcess(new Process
        {
            StartInfo = new ProcessStartInfo(command[0], command[1..])
            {
                WorkingDirectory = home,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        }, home, address);
        try
        {
            daemon.Run();
            return daemon;
        }
        catch
        {
            daemon.Dispose();
            throw;
        }
    }

    /// <summary>A client whose connections are its own.</summary>
    public HttpClient NewClient() => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Url };

    /// <summary>A socket connected to the daemon, for requests that no client would send.</summary>
    /// <param name="receiveBuffer">Bytes that the client's kernel takes without the client reading; 0 leaves that to the system.</param>
    public Socket Connect(int receiveBuffer = 0) => RawHttp.Connect(new(Address, Port), receiveBuffer);

    /// <summary>Likewise, to the port of HTTPS: TCP alone, without a handshake.</summary>
    public Socket ConnectSecure(int receiveBuffer = 0) => RawHttp.Connect(new(Address, TlsPort), receiveBuffer);

    /// <summary>Sends text on a connection of its own and reads one answer; null if the connection ended without one.</summary>
    public RawAnswer? Ask(string request)
    {
        using var socket = Connect();
        socket.SendText(request);
        return socket.ReadAnswer(head: request.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>How many lines it has printed so far.</summary>
    public int LogLines
    {
        get
        {
            lock (_log)
                return _log.Count;
        }
    }

    /// <summary>The lines that it has printed since there were so many.</summary>
    public string[] LogSince(int lines)
    {
        lock (_log)
            return [.. _log.Skip(lines)];
    }

    public void Signal(string name) => DaemonHome.Signal(Pid, name);

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits for the daemon to end by itself.</summary>
    public bool WaitForExit(TimeSpan patience) => _process.WaitForExit(patience);

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Run()
    {
        var listening = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnLine(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is null)
                return;
            lock (_log)
                _log.Add(line.Data);
            if (ListensOn().Match(line.Data) is not { Success: true } match)
                return;
            TlsPort = match.Groups[2].Success ? int.Parse(match.Groups[2].Value) : 0;
            listening.TrySetResult(int.Parse(match.Groups[1].Value));
        }

        _process.OutputDataReceived += OnLine;
        _process.ErrorDataReceived += OnLine;
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException($"the daemon ended at its start:\n{LogText}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Port = listening.Task.WaitAsync(TimeSpan.FromSeconds(60)).GetAwaiter().GetResult();
    }

    [GeneratedRegex(@"listens on http://[^ ;]*:(\d+)/(?:[^;]* https://[^ ;]*:(\d+)/)?")]
    private static partial Regex ListensOn();
}
