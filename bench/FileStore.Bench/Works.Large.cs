using System.Net.Sockets;

namespace FileStore.Bench;

/// <summary>What takes much of something: memory, bytes, blobs.</summary>
internal sealed partial class Works
{
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
            Tool.Curl("-T", bench.LargeFile(size), "-X", "POST", $"{server.Url}/files");
            bench.Empty();
            return server.Memory().Peak / mb;
        }

        double Download(Server server, long size)
        {
            Tool.Curl(server.Url + server.PathOf(bench.FillLarge(size)));
            bench.Empty();
            return server.Memory().Peak / mb;
        }

        const string idle = "idle", idleOnKestrel = "idle, kestrel";
        const string upload = "peak, upload of", uploadOnKestrel = "peak, kestrel, upload of", download = "peak, download of";
        var (large, size) = isLarge ? (" 5 GiB", 5 * GiB) : (" 200 MiB", 200 * MiB);
        const string small = " 1 MiB";
        return new Work("memory", "MB",
            [
                new(idle, () => Measured(Ours(bench), Idle)), new(idleOnKestrel, () => Measured(OursOnKestrel(bench), Idle)),
                new("2,000 idle connections", () => Measured(Ours(bench), Crowd)),
                new(upload + small, () => Measured(Ours(bench), server => Upload(server, MiB))),
                new(upload + large, () => Measured(Ours(bench), server => Upload(server, size))),
                new(uploadOnKestrel + small, () => Measured(OursOnKestrel(bench), server => Upload(server, MiB))),
                new(uploadOnKestrel + large, () => Measured(OursOnKestrel(bench), server => Upload(server, size))),
                new(download + small, () => Measured(Ours(bench), server => Download(server, MiB))),
                new(download + large, () => Measured(Ours(bench), server => Download(server, size))),
            ], [], LessIsBetter: true)
        {
            MostRounds = 2,
            Bounds =
            [
                new(idle, 80), new(idleOnKestrel, 80), new(upload + large, 20, upload + small),
                new(uploadOnKestrel + large, 20, uploadOnKestrel + small), new(download + large, 20, download + small),
            ],
        };
    }

    private Work GetHuge()
    {
        var hash = "";
        double Measure(Server server)
        {
            if (hash.Length == 0)
                hash = bench.FillLarge(GiB);
            var url = server.Url + server.PathOf(hash);
            for (var i = 0; i < 3; i++)
                Tool.Curl(url); // as many calls as compilers want to see
            return GiB / 1e6 / Tool.Curl(url);
        }

        return new Work("GET 1 GiB", "MB/s", Four(Measure), [new(Listener, Nginx, 0.95)]);
    }

    private Work PutHuge()
    {
        double Measure(Server server)
        {
            double Send(long size)
            {
                var file = bench.LargeFile(size);
                string[] arguments = server.IsOurs ? ["-T", file, "-X", "POST", $"{server.Url}/files"] : ["-T", file, $"{server.Url}{(server.Name == Nginx ? "/put" : "")}/huge{++_runs}"];
                return Tool.Curl(arguments);
            }

            Send(GiB + MiB); // another file, and as many calls as compilers want to see
            Tool.Settle();
            var time = Send(GiB);
            bench.Empty();
            return GiB / 1e6 / time;
        }

        var hash = new Contender(Hash, () => Tool.HashRate());
        var disk = new Contender(Disk, () =>
        {
            var file = Path.Join(bench.Work, "dd");
            var time = Tool.Time(() => Tool.Run("dd", "if=/dev/zero", $"of={file}", "bs=1M", "count=1024", "conv=fsync"));
            File.Delete(file);
            Tool.Settle();
            return GiB / 1e6 / time;
        });
        return new Work("PUT 1 GiB, hashed and durable (nginx: neither)", "MB/s",
            [
                new(Listener, () => Measured(Ours(bench), Measure)), new(Kestrel, () => Measured(OursOnKestrel(bench), Measure)),
                new(Nginx, () => Measured(Server.Nginx(bench), Measure)), new(Handler, () => Measured(Server.Kestrel(bench), Measure)), hash, disk,
            ],
            [new(Listener, Nginx, 1), new(Listener, Hash, 0.7, Disk)]);
    }

    /// <summary>The same work on a store with few blobs and on one with a million, without the cache of small ones.</summary>
    private IEnumerable<Work> Crowded()
    {
        const string few = "of 1,000 blobs", many = "of 1,000,000 blobs";
        var hashes = new Dictionary<string, string[]>(); // of each store, for all of these works: to fill one takes minutes
        Work Compared(string name, string unit, Func<Server, string[], int, double> load, double atLeast)
        {
            Contender With(string called, int count, string store) =>
                On(called, () => Server.Ours(bench, "httplistener", isTls: false, store, "--cache", "0"), server =>
                {
                    if (!hashes.TryGetValue(store, out var some))
                        hashes.Add(store, some = bench.Fill(count, 64, store)[..1000]);
                    return Warm(server, length => load(server, some, length));
                });
            return new Work(name, unit, [With(few, 1000, bench.Store), With(many, 1_000_000, bench.OtherStore)], [new(many, few, atLeast)]) { LeavesBlobs = true };
        }

        yield return Compared("a page of 1,000", "pages/s", (server, _, length) => Tool.Wrk($"{server.Url}/files?limit=1000", 1, length), 1 / 1.5);
        yield return Compared("GET 64 B, any of 1,000, uncached, 32 connections", "requests/s",
            (server, some, length) => Tool.Wrk(server.Url, 32, length, Any(some.Select(server.PathOf))), 0.8);
        yield return Compared("PUT 1 KB, durable, 16 clients, into what began as a store", "uploads/s",
            (server, _, length) => Tool.Wrk(server.Url, 16, length, Uploads(server, KiB)), 0.8);
    }
}
