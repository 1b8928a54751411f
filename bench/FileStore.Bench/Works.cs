namespace FileStore.Bench;

/// <summary>
/// Everything that is measured. Where it is a load, all servers of a work run at the same time, are warmed up once, and
/// take turns for some seconds: what the machine gives changes within a minute.
/// </summary>
/// <param name="bench">Where to work.</param>
/// <param name="seconds">How long each load lasts.</param>
internal sealed partial class Works(Bench bench, int seconds)
{
    private const string Listener = "filestore, httplistener", Kestrel = "filestore, kestrel", Tls = "filestore, HTTPS",
        Nginx = "nginx", NginxTls = "nginx, HTTPS", Handler = "a Kestrel handler", Python = "python3 -m http.server", Limit = "the system calls (C)",
        ListenerAlone = "httplistener alone", KestrelAlone = "kestrel alone", Hash = "openssl speed sha256", Disk = "dd conv=fsync";

    private const int KiB = 1 << 10, MiB = 1 << 20;
    private const long GiB = 1 << 30;
    private const int Settling = 10; // seconds; less for what is no longer compiled

    private readonly Dictionary<string, Server> _running = [];
    private readonly HashSet<Server> _warm = [];
    private int _runs;

    /// <summary>Ends the servers of a work.</summary>
    internal void End()
    {
        foreach (var server in _running.Values)
            server.Dispose();
        _running.Clear();
        _warm.Clear();
    }

    /// <param name="isLarge">Whether stores with a million blobs and files of gigabytes are measured, too.</param>
    internal IEnumerable<Work> All(bool isLarge)
    {
        yield return Hot("GET 1 KB, hot, 32 connections", KiB,
            [new(Listener, Nginx, 0.95, Engine: ListenerAlone), new(Listener, Handler, 1.2, Engine: ListenerAlone), new(Kestrel, Nginx, 1.15, Engine: KestrelAlone)]);
        yield return Hot("GET 64 KB, hot, 32 connections", 64 * KiB,
            [new(Listener, Nginx, 0.95, Engine: ListenerAlone), new(Kestrel, Nginx, 0.95, Engine: KestrelAlone)]);
        yield return Hot("GET 1 MB, hot, 32 connections", MiB, [new(Listener, Nginx, 0.95)]);
        yield return Secure();
        yield return Distinct();
        yield return Put("PUT 1 KB, hashed and durable (nginx: neither), 1 client", KiB, 1, []);
        yield return Put("PUT 1 KB, hashed and durable (nginx: neither), 16 clients", KiB, 16, [new(Listener, Limit, 0.7), new(Listener, Handler, 1.5)]);
        yield return Put("PUT 1 KB, hashed and durable (nginx: neither), 64 clients", KiB, 64, []);
        yield return Put("PUT 1 MB, hashed and durable (nginx: neither), 16 clients", MiB, 16, []);
        yield return Delete();
        yield return Start();
        yield return Memory(isLarge);
        if (!isLarge)
            yield break;
        yield return GetHuge();
        yield return PutHuge();
        foreach (var work in Crowded())
            yield return work;
    }

    private Work Hot(string name, int size, Target[] targets)
    {
        var measure = GetOne(size);
        return new Work(name, "requests/s",
            [
                .. Four(measure), On(Python, () => Server.Python(bench), measure),
                On(ListenerAlone, () => Server.Alone(bench, "httplistener", size), measure), On(KestrelAlone, () => Server.Alone(bench, "kestrel", size), measure),
            ],
            targets);
    }

    private Work Secure()
    {
        var measure = GetOne(KiB);
        return new Work("HTTPS GET 1 KB, hot, 32 connections", "requests/s",
            [
                On(Tls, () => Server.Ours(bench, "httplistener", isTls: true), measure), On(NginxTls, () => Server.Nginx(bench, isTls: true), measure),
                On(Handler, () => Server.Kestrel(bench, isTls: true), measure), On(KestrelAlone, () => Server.Alone(bench, "kestrel", KiB, isTls: true), measure),
            ],
            [new(Tls, NginxTls, 1, Engine: KestrelAlone)]);
    }

    /// <summary>GET of one blob, the same for all, by 32 connections.</summary>
    private Func<Server, double> GetOne(int size)
    {
        var hash = "";
        return server =>
        {
            if (hash.Length == 0)
                hash = bench.Fill(1, size)[0];
            return Warm(server, length => Tool.Wrk(server.Url + server.PathOf(hash), 32, length));
        };
    }

    private Work Distinct()
    {
        string[] hashes = [];
        double Measure(Server server)
        {
            if (hashes.Length == 0)
                hashes = bench.Fill(100_000, 4 * KiB);
            // Until nearly every blob has been asked for: the first time, it is compared with its name.
            return Warm(server, length => Tool.Wrk(server.Url, 32, length, Any(hashes.Select(server.PathOf))), 2 * Settling);
        }

        return new Work("GET 4 KB, 100,000 distinct, 32 connections", "requests/s", Four(Measure),
            [new(Listener, Nginx, 0.7), new(Listener, Handler, 1)]);
    }

    private Work Put(string name, int size, int clients, Target[] targets)
    {
        double Measure(Server server)
        {
            Tool.Settle();
            return Warm(server, length => Tool.Wrk(server.Url, clients, length, Uploads(server, size)));
        }

        var limit = new Contender(Limit, () =>
        {
            var folder = bench.Fresh("limit");
            Tool.Settle();
            return double.Parse(Tool.Run(bench.LimitProgram, folder, $"{clients}", $"{seconds}"), System.Globalization.CultureInfo.InvariantCulture);
        });
        return new Work(name, "uploads/s", [.. Four(Measure), .. size == KiB ? [limit] : Array.Empty<Contender>()], targets);
    }

    private Work Delete()
    {
        const int enough = 25_000; // for a second
        double Measure(Server server)
        {
            var paths = bench.Fill(2 * enough, KiB, server.Store).Select(server.PathOf).ToList();
            double Load(IEnumerable<string> removed) =>
                Tool.Wrk(server.Url, 16, 1, Script(removed, "n = n + 1; return wrk.format(\"DELETE\", paths[n] or \"/the-list-was-too-short\")"));
            Load(paths.Take(enough));
            return Load(paths.Skip(enough));
        }

        return new Work("DELETE, durable (nginx: not), 16 clients", "deletions/s", Four(Measure), []);
    }

    private Work Start()
    {
        double Started(Func<Server> start)
        {
            Server? server = null;
            var time = Tool.Time(() => server = start());
            server!.Dispose();
            return time;
        }

        return new Work("start to first answer", "s",
            [
                new(Listener, () => Started(() => Ours(bench))), new(Kestrel, () => Started(() => OursOnKestrel(bench))),
                new(Handler, () => Started(() => Server.Kestrel(bench))), new(Nginx, () => Started(() => Server.Nginx(bench))),
            ], [], LessIsBetter: true);
    }

    private static Server Ours(Bench bench) => Server.Ours(bench, "httplistener");

    private static Server OursOnKestrel(Bench bench) => Server.Ours(bench, "kestrel");

    /// <summary>The daemon with either engine, nginx, and the handler.</summary>
    private Contender[] Four(Func<Server, double> measure) =>
    [
        On(Listener, () => Ours(bench), measure), On(Kestrel, () => OursOnKestrel(bench), measure),
        On(Nginx, () => Server.Nginx(bench), measure), On(Handler, () => Server.Kestrel(bench), measure),
    ];

    /// <summary>A server that is started when it is first measured, and runs to the end of the work.</summary>
    private Contender On(string name, Func<Server> start, Func<Server, double> measure) => new(name, () =>
    {
        if (!_running.TryGetValue(name, out var server))
            _running.Add(name, server = start());
        return measure(server);
    });

    /// <summary>A server for one measurement.</summary>
    private static double Measured(Server server, Func<Server, double> measure)
    {
        using (server)
            return measure(server);
    }

    /// <summary>Measures after a load of some seconds, in which compilers and caches settle: a server runs for weeks.</summary>
    private double Warm(Server server, Func<int, double> load, int settling = Settling)
    {
        if (_warm.Add(server))
            load(server.IsManaged ? settling : 2);
        return load(seconds);
    }

    /// <summary>A script that asks for any of these.</summary>
    private string Any(IEnumerable<string> paths) =>
        $"math.randomseed({Random.Shared.Next()})\n" + Script(paths, "return wrk.format(\"GET\", paths[math.random(#paths)])");

    /// <summary>A script that uploads bytes that are new each time.</summary>
    private static string Uploads(Server server, int size) => $"""
        local id, n, filler = "{Guid.NewGuid():N}", 0, string.rep("x", {size} - 48)
        request = function()
          n = n + 1
          local name = id .. n
          return wrk.format("{(server.IsOurs ? "POST" : "PUT")}", {(server.IsOurs ? "\"/\"" : $"\"{(server.Name == Nginx ? "/put/" : "/")}\" .. name")}, nil, string.format("%-48s", name) .. filler)
        end
        """;

    private string Script(IEnumerable<string> paths, string request)
    {
        var file = Path.Join(bench.Work, "paths");
        File.WriteAllLines(file, paths);
        return $"""
            local paths, n = {"{}"}, 0
            for line in io.lines("{file}") do paths[#paths + 1] = line end
            request = function() {request} end
            """;
    }
}
