using System.Text;
using System.Text.Json;
using FileStore.Core.Primitives;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>The requests whose system calls are made to fail.</summary>
internal static class FaultOperations
{
    private static readonly string[] Writes = ["pwrite64", "write", "fsync", "renameat2", "rename"];

    public static IReadOnlyList<FaultOperation> All { get; } =
    [
        new("upload", FaultArea.Store, ["openat", "pwrite64", "fsync", "renameat2", "mkdir", "statx"], t => UploadAsync(t, 50_000)) { Vital = Writes },
        new("large upload", FaultArea.Store, ["pwrite64"], t => UploadAsync(t, 3 << 20)) { Vital = Writes },
        new("repeated upload", FaultArea.Store, ["openat", "pread64", "fsync", "unlink"], RepeatedUploadAsync) { Vital = Writes },
        new("small download", FaultArea.Download, ["openat", "statx", "preadv2"], t => DownloadAsync(t, 1000, isCold: false)),
        new("large download", FaultArea.Download, ["preadv2", "sendfile"], t => DownloadAsync(t, 1 << 20, isCold: false)) { NotOfKestrel = ["sendfile"] },
        new("cold download", FaultArea.Download, ["pread64"], t => DownloadAsync(t, 1 << 20, isCold: true)),
        new("list", FaultArea.Store, ["openat", "getdents64", "statx"], ListAsync),
        new("deletion", FaultArea.Store, ["unlink", "fsync", "rmdir"], DeletionAsync) { Vital = ["unlink", "fsync"] },
        new("report", FaultArea.Record, ["openat", "pwrite64", "fsync", "statx"], ReportAsync) { Vital = Writes },
        new("list of reports", FaultArea.Record, ["openat", "statx"], ReportsAsync),
        new("file of a task", FaultArea.Record, ["openat", "preadv2"], TaskFileAsync),
        new("job", FaultArea.Record, ["openat", "pwrite64", "fsync", "rename"], JobAsync),
        new("result of a job", FaultArea.Record, ["openat", "pread64"], ResultAsync),
        new("deletion of a job", FaultArea.Record, ["pwrite64", "fsync"], JobDeletionAsync) { Vital = ["pwrite64", "fsync"] },
        new("archive", FaultArea.Archive, ["openat", "pread64", "pwrite64", "fsync", "rename"], ArchiveAsync),
        new("list of an export", FaultArea.Export, ["openat", "getdents64", "statx"], ExportListAsync),
        new("file of an export", FaultArea.Export, ["openat", "preadv2"], t => ExportFileAsync(t, "")),
        new("packed file of an export", FaultArea.Export, ["pwrite64", "unlink", "pread64", "fcntl"], t => ExportFileAsync(t, "&compress=zip")),
        new("deletion in an export", FaultArea.Export, ["unlink"], ExportDeletionAsync) { Vital = ["unlink"] },
        new("tokens", FaultArea.Download, ["openat", "pread64"], TokensAsync) { Dispensable = "tokens.json" },
    ];

    private static Task<FaultTrial> UploadAsync(FaultTarget t, int size)
    {
        byte[] content;
        string hash;
        do
            hash = Bytes.HashOf(content = Bytes.Fresh(size));
        while (Directory.Exists(Path.Join(t.Store, hash[..2]))); // so that the folder has to be made
        return Task.FromResult(new FaultTrial(() => t.AskAsync(HttpMethod.Post, "/", content), answer => CheckUploadAsync(t, hash, content, answer)));
    }

    private static async Task<FaultTrial> RepeatedUploadAsync(FaultTarget t)
    {
        var content = Bytes.Fresh(50_000);
        var path = new StoreOnDisk(t.Store).PathOf(await StoreAsync(t, content));
        ulong InodeOf() => Posix.LStat(path)?.Inode ?? 0;
        var before = InodeOf();
        return new FaultTrial(() => t.AskAsync(HttpMethod.Post, "/", content), async answer =>
        {
            (await t.GetAsync($"/files/{Bytes.HashOf(content)}")).Body.Should().Equal(content, "it was stored before");
            await CheckUploadAsync(t, Bytes.HashOf(content), content, answer);
        })
        {
            // A stored copy that cannot be flushed counts as damaged: the upload's own bytes are flushed and replace it.
            IsMended = failed => failed.Name == "fsync" && failed.Text.Contains($"<{path}>", StringComparison.Ordinal) && InodeOf() is not 0 and var now && now != before,
        };
    }

    private static async Task CheckUploadAsync(FaultTarget t, string hash, byte[] content, FaultResponse answer)
    {
        if (answer.IsSuccess)
            (await t.GetAsync($"/files/{hash}")).Body.Should().Equal(content, "it was acknowledged");
        else if (!new StoreOnDisk(t.Store).Has(hash))
            Directory.Exists(Path.Join(t.Store, hash[..2])).Should().BeFalse("neither the blob nor a folder for it is there");
        if (answer.IsSuccess && t.Acknowledged.Count < 20)
            t.Acknowledged[$"/files/{hash}"] = content;
        else
            await t.DeleteAsync($"/files/{hash}");
    }

    private static async Task<FaultTrial> DownloadAsync(FaultTarget t, int size, bool isCold)
    {
        var content = Bytes.Fresh(size);
        var hash = await StoreAsync(t, content);
        if (isCold)
            Command.Run("/", "dd", $"if={new StoreOnDisk(t.Store).PathOf(hash)}", "iflag=nocache", "count=0").ExitCode.Should().Be(0);
        return Fetch(t, $"/files/{hash}", content, () => t.DeleteAsync($"/files/{hash}"));
    }

    private static FaultTrial Fetch(FaultTarget t, string path, byte[] content, Func<Task> cleanAsync) => new(() => t.GetAsync(path), async answer =>
    {
        if (answer.IsSuccess)
            answer.Body.Should().Equal(content);
        (await t.GetAsync(path)).Body.Should().Equal(content);
        await cleanAsync();
    });

    private static async Task<FaultTrial> ListAsync(FaultTarget t)
    {
        var hash = await StoreAsync(t, Bytes.Fresh(10));
        return new FaultTrial(() => t.GetAsync("/files"), async answer =>
        {
            if (answer.IsSuccess)
                answer.Text.Should().Contain(hash, "a list is whole");
            await t.DeleteAsync($"/files/{hash}");
        });
    }

    private static async Task<FaultTrial> DeletionAsync(FaultTarget t)
    {
        var content = Bytes.Fresh(1000);
        var hash = await StoreAsync(t, content);
        return new FaultTrial(() => t.AskAsync(HttpMethod.Delete, $"/files/{hash}"), async answer =>
        {
            var after = await t.GetAsync($"/files/{hash}");
            after.Status.Should().BeOneOf(answer.IsSuccess ? [404] : [200, 404]);
            if (after.IsSuccess)
                after.Body.Should().Equal(content);
            await t.DeleteAsync($"/files/{hash}");
        });
    }

    private static Task<FaultTrial> ReportAsync(FaultTarget t)
    {
        var content = Bytes.Fresh(3000);
        var hash = Bytes.HashOf(content);
        return Task.FromResult(new FaultTrial(() => t.AskAsync(HttpMethod.Post, $"{FaultTarget.Tasks}/report", content), async answer =>
        {
            var list = await t.GetAsync($"{FaultTarget.Tasks}/reports?limit=1");
            list.Status.Should().Be(200, list.ToString());
            if (!answer.IsSuccess)
                return;
            list.Text.Should().Contain(hash, "it was acknowledged");
            (await t.GetAsync($"/files/{hash}")).Body.Should().Equal(content);
            if (t.Acknowledged.Count < 40)
                t.Acknowledged[$"/files/{hash}"] = content;
            else
                await t.DeleteAsync($"/files/{hash}");
        }));
    }

    private static async Task<FaultTrial> ReportsAsync(FaultTarget t)
    {
        var report = await t.AskAsync(HttpMethod.Post, $"{FaultTarget.Tasks}/report", "one"u8.ToArray());
        report.Status.Should().Be(200, report.ToString());
        return new FaultTrial(() => t.GetAsync($"{FaultTarget.Tasks}/reports?limit=5"), answer =>
        {
            if (answer.IsSuccess)
                answer.Text.Should().Contain(report.Json.GetProperty("file_hash").GetString(), "a list is whole");
            return Task.CompletedTask;
        });
    }

    private static Task<FaultTrial> TaskFileAsync(FaultTarget t) => Task.FromResult(
        Fetch(t, $"{FaultTarget.Tasks}/download", File.ReadAllBytes(t["task.bin"]), () => Task.CompletedTask));

    /// <summary>Its output is longer than a result holds, so that it comes to lie in the store, and in a file of the history.</summary>
    private static Task<FaultTrial> JobAsync(FaultTarget t) => Task.FromResult(new FaultTrial(
        async () =>
        {
            var answer = await SubmitAsync(t);
            if (answer.IsSuccess)
                await Eventually.HoldsAsync(() => ResultOf(t, answer).IsSuccess, seconds: 1.5);
            return answer;
        },
        async answer =>
        {
            if (!answer.IsSuccess)
                return;
            (await Eventually.HoldsAsync(() => ResultOf(t, answer).IsSuccess, seconds: 30)).Should().BeTrue("what was taken is done");
            var result = ResultOf(t, answer).Json;
            var error = result.TryGetProperty("error", out var told) ? told.GetString() : null;
            (error ?? "").Should().NotContain("see the daemon's log", "that it could fail was foreseen");
            if (error is null)
            {
                result.GetProperty("exit_code").GetInt32().Should().Be(0);
                result.Text("stdout").Should().HaveLength(50_000);
                (await t.GetAsync($"/files/{result.Text("stdout_hash")}")).Body.Should().HaveCount(100_000);
            }

            if (result.TryGetProperty("stdout_hash", out var hash))
                await t.DeleteAsync($"/files/{hash.GetString()}");
            await t.DeleteAsync($"/api/jobs/{IdOf(answer)}");
        }));

    private static async Task<FaultTrial> ResultAsync(FaultTarget t)
    {
        var answer = await SubmitAsync(t);
        (await Eventually.HoldsAsync(() => ResultOf(t, answer).IsSuccess, seconds: 30)).Should().BeTrue();
        return Fetch(t, $"/api/results/{IdOf(answer)}", ResultOf(t, answer).Body, () => t.DeleteAsync($"/api/jobs/{IdOf(answer)}"));
    }

    private static async Task<FaultTrial> JobDeletionAsync(FaultTarget t)
    {
        var submitted = await SubmitAsync(t);
        (await Eventually.HoldsAsync(() => ResultOf(t, submitted).IsSuccess, seconds: 30)).Should().BeTrue();
        return new FaultTrial(() => t.AskAsync(HttpMethod.Delete, $"/api/jobs/{IdOf(submitted)}"), async answer =>
        {
            ResultOf(t, submitted).Status.Should().Be(answer.IsSuccess ? 404 : 200);
            await t.DeleteAsync($"/api/jobs/{IdOf(submitted)}");
        });
    }

    private static Task<FaultResponse> SubmitAsync(FaultTarget t) => t.AskAsync(HttpMethod.Post, "/api/jobs",
        """{"command":"printf %0100000d 7"}"""u8.ToArray(), "application/json");

    private static FaultResponse ResultOf(FaultTarget t, FaultResponse job) => t.GetAsync($"/api/results/{IdOf(job)}").GetAwaiter().GetResult();

    private static long IdOf(FaultResponse job) => job.Json.GetProperty("job_id").GetInt64();

    /// <summary>Packed in the background: the answer is the one to the start, and then the log and the job tell what came of it.</summary>
    private static Task<FaultTrial> ArchiveAsync(FaultTarget t)
    {
        var (name, content) = FreshExport(t, 200_000);
        var archive = t[$"e/{Path.ChangeExtension(name, ".tgz")}"];
        var failure = $"tar e/{Path.GetFileName(archive)} failed";
        var before = t.LogLines;
        bool Said(string text) => t.LogSince(before).Any(line => line.Contains(text, StringComparison.Ordinal));
        return Task.FromResult(new FaultTrial(
            async () =>
            {
                var answer = await t.GetAsync($"/tar?dir=e&name={name}&host=127.0.0.1&port={t.Callback.Port}&path=/done");
                if (answer.IsSuccess)
                    (await Eventually.HoldsAsync(() => Said($"packed {name}") || Said(failure), seconds: 20)).Should().BeTrue("the log tells");
                return answer;
            },
            async answer =>
            {
                if (Said($"packed {name}"))
                    File.Exists(archive).Should().BeTrue();
                if (File.Exists(archive))
                    Archives.Untar(File.ReadAllBytes(archive)).ShouldBe(name, content);
                if (answer.IsSuccess)
                    await CheckJobAsync(t, isFailed: Said(failure));
                File.Delete(archive);
                File.Delete(t[$"e/{name}"]);
            }));
    }

    private static async Task CheckJobAsync(FaultTarget t, bool isFailed)
    {
        JsonElement last = default;
        (await Eventually.HoldsAsync(() =>
        {
            var results = t.GetAsync("/api/results").GetAwaiter().GetResult().Json.GetProperty("results");
            return results.GetArrayLength() > 0 && (last = results[results.GetArrayLength() - 1]).GetProperty("exit_code").ToString() == (isFailed ? "1" : "0");
        }, seconds: 10)).Should().BeTrue("the job tells what came of it");
        await t.DeleteAsync($"/api/jobs/{last.GetProperty("job_id")}");
    }

    private static Task<FaultTrial> ExportListAsync(FaultTarget t)
    {
        var (name, _) = FreshExport(t, 10);
        return Task.FromResult(new FaultTrial(() => t.GetAsync("/list?dir=e"), answer =>
        {
            if (answer.IsSuccess)
                answer.Text.Should().Contain(name, "a list is whole");
            File.Delete(t[$"e/{name}"]);
            return Task.CompletedTask;
        }));
    }

    private static Task<FaultTrial> ExportFileAsync(FaultTarget t, string query)
    {
        var (name, content) = FreshExport(t, 200_000);
        return Task.FromResult(new FaultTrial(() => t.GetAsync($"/get?dir=e&name={name}{query}"), answer =>
        {
            if (answer.IsSuccess)
                (query.Length > 0 ? Archives.Unzip(answer.Body).Content : answer.Body).Should().Equal(content);
            File.Delete(t[$"e/{name}"]);
            return Task.CompletedTask;
        }));
    }

    private static Task<FaultTrial> ExportDeletionAsync(FaultTarget t)
    {
        var (name, _) = FreshExport(t, 10);
        return Task.FromResult(new FaultTrial(() => t.GetAsync($"/delete?dir=e&name={name}"), answer =>
        {
            File.Exists(t[$"e/{name}"]).Should().Be(!answer.IsSuccess);
            File.Delete(t[$"e/{name}"]);
            return Task.CompletedTask;
        }));
    }

    /// <summary>The file of the tokens has changed, and cannot be read: those that were known before hold.</summary>
    private static async Task<FaultTrial> TokensAsync(FaultTarget t)
    {
        var hash = await StoreAsync(t, Encoding.ASCII.GetBytes("tokens"));
        await Task.Delay(20); // a look at the file counts for 5 ms
        File.SetLastWriteTimeUtc(t["tokens.json"], DateTime.UtcNow);
        return Fetch(t, $"/files/{hash}", Encoding.ASCII.GetBytes("tokens"), () => t.DeleteAsync($"/files/{hash}"));
    }

    private static async Task<string> StoreAsync(FaultTarget t, byte[] content)
    {
        var answer = await t.AskAsync(HttpMethod.Post, "/", content);
        answer.Status.Should().Be(200, answer.ToString());
        return answer.Text;
    }

    private static (string Name, byte[] Content) FreshExport(FaultTarget t, int size)
    {
        var (name, content) = ($"{Guid.NewGuid():N}.bin", Bytes.Fresh(size));
        File.WriteAllBytes(t[$"e/{name}"], content);
        return (name, content);
    }
}
