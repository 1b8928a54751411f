using System.Net.Sockets;

namespace FileStore.Bench;

/// <summary>Everything that is measured. Each measurement starts its server, warms it up, and ends it.</summary>
/// <param name="bench">Where to work.</param>
/// <param name="seconds">How long each load lasts.</param>
internal sealed class Works(Bench bench, int seconds)
{
    private const string Listener = "filestore, httplistener", Kestrel = "filestore, kestrel", Tls = "filestore, HTTPS",
        Nginx = "nginx", NginxTls = "nginx, HTTPS", Handler = "a Kestrel handler", Python = "python3 -m http.server", Limit = "the system calls (C)",
        Hash = "openssl speed sha256", Disk = "dd conv=fsync";

    private const int KiB = 1 << 10, MiB = 1 << 20;
    private const long GiB = 1 << 30;

    private int _runs;

    /// <param name="isLarge">Whether stores with a million blobs and files of gigabytes are measured, too.</param>
    internal IEnumerable<Work> All(bool isLarge)
    {
        yield return Hot("GET 1 KB, hot, 32 connections", KiB, [new(Listener, Nginx, 0.95), new(Listener, Handler, 1.2), new(Kestrel, Nginx, 1.15)]);
        yield return Hot("GET 64 KB, hot, 32 connections", 64 * KiB, [new(Listener, Nginx, 0.95), new(Kestrel, Nginx, 0.95)]);
        yield return Hot("GET 1 MB, hot, 32 connections", MiB, [new(Listener, Nginx, 0.95)]);
        yield return Secure();
        yield return Distinct();
        yield return Put("PUT 1 KB, durable, 1 client", KiB, 1, []);
        yield return Put("PUT 1 KB, durable, 16 clients", KiB, 16, [new(Listener, Limit, 0.7), new(Listener, Handler, 1.5)]);
        yield return Put("PUT 1 KB, durable, 64 clients", KiB, 64, []);
        yield return Put("PUT 1 MB, durable, 16 clients", MiB, 16, []);
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
            [new(Tls, () => Measured(Server.Ours(bench, "httplistener", isTls: true), Measure)), new(NginxTls, () => Measured(Server.Nginx(bench, isTls: true), Measure))],
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

        return new Work("DELETE, durable, 16 clients", "deletions/s", [On(Ours, Measure), On(OursOnKestrel, Measure), On(Server.Kestrel, Measure, Handler)], []);
    }

    private Work Start() => new("start to first answer", "s",
        [
            new(Listener, () => Tool.Time(() => Ours(bench).Dispose())), new(Kestrel, () => Tool.Time(() => OursOnKestrel(bench).Dispose())),
            new(Handler, () => Tool.Time(() => Server.Kestrel(bench).Dispose())), new(Nginx, () => Tool.Time(() => Server.Nginx(bench).Dispose())),
        ], [], LessIsBetter: true);

    private Work Memory(bool isLarge)
    {
        const double mb = 1e6;
        double Idle(Server server)
        {
            for (var i = 0; i < 20; i++)
                Tool.Curl($"{server.Url}/healthz");
            Thread.Sleep(2000);
            return server.Memory().Now / mb;
        }

        double Crowd(Server server)
        {
            var sockets = Enumerable.Range(0, 2000).Select(_ => new TcpClient("127.0.0.1", server.Port)).ToList();
            Thread.Sleep(2000);
            var figure = server.Memory().Now / mb;
            sockets.ForEach(socket => socket.Dispose());
            return figure;
        }

        double Upload(Server server, long size)
        {
            var file = bench.LargeFile(size);
            Tool.Curl("-T", file, "-X", "POST", $"{server.Url}/files");
            File.Delete(file);
            return server.Memory().Peak / mb;
        }

        return new Work("memory", "MB",
            [
                new("idle", () => Measured(Ours(bench), Idle)), new("idle, kestrel", () => Measured(OursOnKestrel(bench), Idle)),
                new("2,000 idle connections", () => Measured(Ours(bench), Crowd)),
                new("upload of 1 MiB", () => Measured(Ours(bench), server => Upload(server, MiB))),
                new(isLarge ? "upload of 5 GiB" : "upload of 200 MiB", () => Measured(Ours(bench), server => Upload(server, isLarge ? 5 * GiB : 200 * MiB))),
            ], [], LessIsBetter: true);
    }

    private Work GetHuge()
    {
        var hash = "";
        double Measure(Server server)
        {
            if (hash.Length == 0)
                hash = bench.FillLarge(GiB);
            var url = server.Url + server.PathOf(hash);
            Tool.Curl(url);
            return GiB / 1e6 / Tool.Curl(url);
        }

        return new Work("GET 1 GiB", "MB/s", [On(Ours, Measure), On(OursOnKestrel, Measure), On(Server.Nginx, Measure, Nginx), On(Server.Kestrel, Measure, Handler)], [new(Listener, Nginx, 0.95)]);
    }

    private Work PutHuge()
    {
        double Measure(Server server)
        {
            var file = bench.LargeFile(GiB);
            string[] arguments = server.IsOurs ? ["-T", file, "-X", "POST", $"{server.Url}/files"] : ["-T", file, $"{server.Url}{(server.Name == Nginx ? "/put" : "")}/huge{++_runs}"];
            var time = Tool.Curl(arguments);
            bench.Empty();
            return GiB / 1e6 / time;
        }

        var hash = new Contender(Hash, () => Tool.HashRate());
        var disk = new Contender(Disk, () => GiB / 1e6 / Tool.Time(() =>
            Tool.Run("dd", "if=/dev/zero", $"of={Path.Join(bench.Work, "dd")}", "bs=1M", "count=1024", "conv=fsync")));
        return new Work("PUT 1 GiB, hashed and durable (nginx: neither)", "MB/s",
            [On(Ours, Measure), On(OursOnKestrel, Measure), On(Server.Nginx, Measure, Nginx), On(Server.Kestrel, Measure, Handler), hash, disk],
            [new(Listener, Nginx, 1), new(Listener, Hash, 0.7), new(Listener, Disk, 0.7)]);
    }

    /// <summary>The same work on a store with few blobs and on one with a million, which is filled once.</summary>
    private IEnumerable<Work> Crowded()
    {
        const string few = "of 1,000 blobs", many = "of 1,000,000 blobs";
        string[] hashes = [];
        Work Compared(string name, string unit, Func<Server, double> measure, double atLeast)
        {
            double At(int count, Server server)
            {
                if (hashes.Length != count)
                {
                    bench.Empty();
                    hashes = bench.Fill(count, 64);
                }

                return measure(server);
            }

            return new Work(name, unit,
                [new(few, () => Measured(Ours(bench), server => At(1000, server))), new(many, () => Measured(Ours(bench), server => At(1_000_000, server)))],
                [new(many, few, atLeast)]) { KeepsOrder = true };
        }

        yield return Compared("a page of 1,000", "pages/s", server => Warm(length => Tool.Wrk($"{server.Url}/files?limit=1000", 1, length)), 1 / 1.5);
        yield return Compared("GET 64 B, any, 32 connections", "requests/s", server => Warm(length => Tool.Wrk(server.Url, 32, length,
            Script(hashes.Take(100_000).Select(server.PathOf), "return wrk.format(\"GET\", paths[math.random(#paths)])"))), 0.8);
        yield return Compared("PUT 1 KB, durable, 16 clients, in a store", "uploads/s", server => Warm(length => Tool.Wrk(server.Url, 16, length, Uploads(server, KiB))), 0.8);
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

    /// <summary>The second of two loads: the first lets compilers and caches settle.</summary>
    private double Warm(Func<int, double> load)
    {
        load(seconds);
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
