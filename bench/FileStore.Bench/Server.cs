using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FileStore.Bench;

/// <summary>A server that runs while it is measured. Disposing ends it.</summary>
internal sealed class Server : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private Server(string name, int port, string store, Process process, Func<string, string> pathOf)
    {
        (Name, Port, Store, _process, PathOf) = (name, port, store, process, pathOf);
    }

    internal string Name { get; }

    internal int Port { get; }

    /// <summary>Where the files are that it serves.</summary>
    internal string Store { get; }

    /// <summary>The path of a blob, by its hash.</summary>
    internal Func<string, string> PathOf { get; }

    internal bool IsOurs => Name.StartsWith("filestore", StringComparison.Ordinal);

    /// <summary>Whether it is compiled while it runs, and so takes some seconds of load to be as fast as it can.</summary>
    internal bool IsManaged => IsOurs || Name == "a Kestrel handler" || Name.EndsWith(" alone", StringComparison.Ordinal);

    internal bool IsTls { get; private init; }

    internal string Url => $"{(IsTls ? "https" : "http")}://127.0.0.1:{Port}";

    /// <summary>Resident memory in bytes, and the most that it ever was.</summary>
    internal (long Now, long Peak) Memory()
    {
        var status = File.ReadAllLines($"/proc/{_process.Id}/status");
        long Of(string name) => long.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            System.Globalization.CultureInfo.InvariantCulture) * 1024;
        return (Of("VmRSS:"), Of("VmHWM:"));
    }

    /// <summary>Our daemon, with the other store if it runs on Kestrel.</summary>
    internal static Server Ours(Bench bench, string engine, bool isTls = false) =>
        Ours(bench, engine, isTls, engine == "kestrel" ? bench.OtherStore : bench.Store);

    /// <summary>Our daemon, with a store and further options.</summary>
    internal static Server Ours(Bench bench, string engine, bool isTls, string store, params string[] options)
    {
        var (port, other) = (FreePort(), FreePort());
        var home = bench.Fresh($"home-of-{Path.GetFileName(store)}");
        string[] tls = isTls ? ["--tls", $"{bench.Certificate},{bench.Key}", "--tls-port", $"{port}"] : [];
        // As a user starts it; `run` would write the log twice, to the console as well.
        var program = Path.Join(bench.Root, "filestore");
        Tool.Run(program, ["start", "--home", home, "--host", "127.0.0.1", "--port", $"{(isTls ? other : port)}", "--engine", engine, "--store", store, .. tls, .. options]);
        if (!Answers(port))
            throw new InvalidOperationException("the daemon has started and does not answer");
        var pid = File.ReadAllText(Path.Join(home, "filestore.pid")).Split(' ', '\n')[0];
        var process = Process.GetProcessById(int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture));
        return new Server(isTls ? "filestore, HTTPS" : $"filestore, {engine}", port, store, process, hash => $"/files/{hash}") { IsTls = isTls };
    }

    /// <summary>nginx, with the files of our store, and a folder for uploads.</summary>
    internal static Server Nginx(Bench bench, bool isTls = false)
    {
        var port = FreePort();
        var home = bench.Fresh($"nginx{(isTls ? "-tls" : "")}");
        var tls = isTls ? $"ssl; ssl_certificate {bench.Certificate}; ssl_certificate_key {bench.Key}" : "";
        File.WriteAllText(Path.Join(home, "nginx.conf"), $$"""
            user root; daemon off; worker_processes auto; pid {{home}}/pid; error_log {{home}}/error.log;
            events { worker_connections 4096; }
            http {
              access_log {{home}}/access.log combined buffer=64k flush=1s;
              client_body_temp_path {{home}}/body; proxy_temp_path {{home}}/p; fastcgi_temp_path {{home}}/f; uwsgi_temp_path {{home}}/u; scgi_temp_path {{home}}/s;
              sendfile on; tcp_nopush on; keepalive_requests 100000000; client_max_body_size 0;
              server {
                listen 127.0.0.1:{{port}} {{tls}};
                root {{bench.Store}};
                dav_methods DELETE;
                location /put/ { root {{home}}; dav_methods PUT DELETE; create_full_put_path on; }
              }
            }
            """);
        Directory.CreateDirectory(Path.Join(home, "put"));
        var process = Start(home, "nginx", ["-p", home, "-c", Path.Join(home, "nginx.conf")], port);
        return new Server(isTls ? "nginx, HTTPS" : "nginx", port, bench.Store, process, hash => $"/{hash[..2]}/{hash}") { IsTls = isTls };
    }

    /// <summary>A handler on Kestrel (<see cref="KestrelPeer"/>).</summary>
    internal static Server Kestrel(Bench bench, bool isTls = false)
    {
        var port = FreePort();
        var folder = bench.Fresh($"kestrel{(isTls ? "-tls" : "")}");
        string[] tls = isTls ? [bench.Certificate, bench.Key] : [];
        var process = Start(bench.Work, Environment.ProcessPath!, ["kestrel-peer", $"{port}", bench.Store, folder, .. tls], port);
        return new Server("a Kestrel handler", port, bench.Store, process, hash => $"/{hash[..2]}/{hash}") { IsTls = isTls };
    }

    /// <summary>An engine that does nothing but answer with so many bytes (<see cref="EngineAlone"/>).</summary>
    internal static Server Alone(Bench bench, string engine, int size, bool isTls = false)
    {
        var port = FreePort();
        string[] tls = isTls ? [bench.Certificate, bench.Key] : [];
        // HttpListener does not survive a client that comes while it starts.
        var process = Start(bench.Work, Environment.ProcessPath!, ["engine-alone", engine, $"{port}", $"{size}", .. tls], port, saysWhenItListens: true);
        return new Server($"{engine} alone", port, bench.Store, process, _ => "/") { IsTls = isTls };
    }

    /// <summary>What comes with Python.</summary>
    internal static Server Python(Bench bench)
    {
        var port = FreePort();
        var process = Start(bench.Work, "python3", ["-m", "http.server", $"{port}", "--bind", "127.0.0.1", "--directory", bench.Store], port);
        return new Server("python3 -m http.server", port, bench.Store, process, hash => $"/{hash[..2]}/{hash}");
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Tool.Settle();
    }

    private static Process Start(string folder, string program, string[] arguments, int port, bool saysWhenItListens = false)
    {
        using var listens = new ManualResetEventSlim(!saysWhenItListens);
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        if (File.Exists(Path.Join(folder, program)))
            start.FileName = Path.Join(folder, program);
        var process = Process.Start(start)!;
        void Hear(object _, DataReceivedEventArgs line) => listens.Set();
        process.OutputDataReceived += Hear;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var begun = Stopwatch.GetTimestamp();
        listens.Wait(Patience);
        process.OutputDataReceived -= Hear;
        while (!Answers(port))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(begun) > Patience)
                throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} does not answer");
            Thread.Sleep(2);
        }

        return process;
    }

    private static bool Answers(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000 };
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            socket.Send("GET / HTTP/1.0\r\n\r\n"u8);
            socket.Receive(new byte[1]); // a server that wants TLS may just close
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
