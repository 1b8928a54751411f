namespace FileStore.Bench;

/// <summary>Everything that is measured. Each measurement starts its server, warms it up, and ends it.</summary>
/// <param name="bench">Where to work.</param>
/// <param name="seconds">How long each load lasts.</param>
internal sealed partial class Works(Bench bench, int seconds)
{
    private const string Listener = "filestore, httplistener", Kestrel = "filestore, kestrel", Tls = "filestore, HTTPS",
        Nginx = "nginx", NginxTls = "nginx, HTTPS", Handler = "a Kestrel handler", Python = "python3 -m http.server", Limit = "the system calls (C)",
        Hash = "openssl speed sha256", Disk = "dd conv=fsync";

    private const int KiB = 1 << 10, MiB = 1 << 20;
    private const long GiB = 1 << 30;
    private const int Settling = 5; // seconds

    private int _runs;

    /// <param name="isLarge">Whether stores with a million blobs and files of gigabytes are measured, too.</param>
    internal IEnumerable<Work> All(bool isLarge)
    {
        yield return Hot("GET 1 KB, hot, 32 connections", KiB, [new(Listener, Nginx, 0.95), new(Listener, Handler, 1.2), new(Kestrel, Nginx, 1.15)]);
        yield return Hot("GET 64 KB, hot, 32 connections", 64 * KiB, [new(Listener, Nginx, 0.95), new(Kestrel, Nginx, 0.95)]);
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
        double Measure(Server server)
        {
            var url = server.Url + server.PathOf(bench.Fill(1, size)[0]);
            return Warm(length => Tool.Wrk(url, 32, length));
        }

        return new Work(name, "requests/s", [On(Ours, Measure), On(OursOnKestrel, Measure), On(Server.Nginx, Measure, Nginx), On(Server.Kestrel, Measure, Handler), On(Server.Python, Measure, Python)], targets);
    }

    private Work Secure()
    {
        double Measure(Server server)
        {
            var url = server.Url + server.PathOf(bench.Fill(1, KiB)[0]);
            return Warm(length => Tool.Wrk(url, 32, length));
        }

        return new Work("HTTPS GET 1 KB, hot, 32 connections", "requests/s",
            [
                new(Tls, () => Measured(Server.Ours(bench, "httplistener", isTls: true), Measure)), new(NginxTls, () => Measured(Server.Nginx(bench, isTls: true), Measure)),
                new(Handler, () => Measured(Server.Kestrel(bench, isTls: true), Measure)),
            ],
            [new(Tls, NginxTls, 1)]);
    }

    private Work Distinct()
    {
        string[] hashes = [];
        double Measure(Server server)
        {
            if (hashes.Length == 0)
                hashes = bench.Fill(100_000, 4 * KiB);
            return Warm(length => Tool.Wrk(server.Url, 32, length, Script(hashes.Select(server.PathOf), "return wrk.format(\"GET\", paths[math.random(#paths)])")));
        }

        return new Work("GET 4 KB, 100,000 distinct, 32 connections", "requests/s",
            [On(Ours, Measure), On(OursOnKestrel, Measure), On(Server.Nginx, Measure, Nginx), On(Server.Kestrel, Measure, Handler)],
            [new(Listener, Nginx, 0.7), new(Listener, Handler, 1)]);
    }

    private Work Put(string name, int size, int clients, Target[] targets)
    {
        double Measure(Server server)
        {
            return Warm(length => Tool.Wrk(server.Url, clients, length, Uploads(server, size)));
        }

        var limit = new Contender(Limit, () => double.Parse(
            Tool.Run(bench.LimitProgram, bench.Fresh("limit"), $"{clients}", $"{seconds}"), System.Globalization.CultureInfo.InvariantCulture));
        return new Work(name, "uploads/s", [On(Ours, Measure), On(OursOnKestrel, Measure), On(Server.Nginx, Measure, $"{Nginx}"), On(Server.Kestrel, Measure, Handler), .. size == KiB ? [limit] : Array.Empty<Contender>()], targets);
    }

    private Work Delete()
    {
        double Measure(Server server)
        {
            var paths = bench.Fill(50_000, KiB).Select(server.PathOf);
            return Tool.Wrk(server.Url, 16, Math.Min(seconds, 2), Script(paths, "n = n + 1; return wrk.format(\"DELETE\", paths[n])"));
        }

        return new Work("DELETE, durable (nginx: not), 16 clients", "deletions/s",
            [On(Ours, Measure), On(OursOnKestrel, Measure), On(Server.Nginx, Measure, Nginx), On(Server.Kestrel, Measure, Handler)], []);
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

    private Contender On(Func<Bench, Server> start, Func<Server, double> measure, string? name = null) =>
        new(name ?? (start == OursOnKestrel ? Kestrel : Listener), () => Measured(start(bench), measure));

    private Contender On(Func<Bench, bool, Server> start, Func<Server, double> measure, string name) =>
        new(name, () => Measured(start(bench, false), measure));

    private static double Measured(Server server, Func<Server, double> measure)
    {
        using (server)
            return measure(server);
    }

    /// <summary>Measures after a load of some seconds, in which compilers and caches settle: a server runs for weeks.</summary>
    private double Warm(Func<int, double> load)
    {
        load(Settling);
        return load(seconds);
    }

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
