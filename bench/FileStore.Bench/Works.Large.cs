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
            var file = bench.LargeFile(size);
            Tool.Curl("-T", file, "-X", "POST", $"{server.Url}/files");
            File.Delete(file);
            return server.Memory().Peak / mb;
        }

        const string idle = "idle", idleOnKestrel = "idle, kestrel", small = "peak of an upload of 1 MiB";
        var (large, size) = isLarge ? ("peak of an upload of 5 GiB", 5 * GiB) : ("peak of an upload of 200 MiB", 200 * MiB);
        return new Work("memory", "MB",
            [
                new(idle, () => Measured(Ours(bench), Idle)), new(idleOnKestrel, () => Measured(OursOnKestrel(bench), Idle)),
                new("2,000 idle connections", () => Measured(Ours(bench), Crowd)),
                new(small, () => Measured(Ours(bench), server => Upload(server, MiB))),
                new(large, () => Measured(Ours(bench), server => Upload(server, size))),
            ], [], LessIsBetter: true) { Bounds = [new(idle, 80), new(idleOnKestrel, 80), new(large, 20, small)] };
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
}
