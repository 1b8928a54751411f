using System.Diagnostics;
using System.Net;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Clients of the HTTPS port that stand still in the middle of a transfer, and some that are merely slow.</summary>
[TestFixture, Category("Long")]
public sealed class TlsSlowClientStories() : DaemonFixture("httplistener", "--tls", "adhoc", "--tls-port", "0")
{
    [Test]
    public async Task A_client_that_stalls_for_thirty_seconds_is_cut_off_and_a_slow_one_is_not()
    {
        var hash = await StoreAsync(new byte[30_000_000]);
        var before = ProcessUse.OpenFiles(Daemon.Pid);

        var stalled = await Task.WhenAll(
            Task.Run(() => UntilUploadEndsAsync(HttpVersion.Version11)),
            Task.Run(() => UntilUploadEndsAsync(HttpVersion.Version20)),
            Task.Run(() => UntilDownloadEndsAsync(HttpVersion.Version11, hash)),
            Task.Run(() => UntilDownloadEndsAsync(HttpVersion.Version20, hash)),
            Task.Run(SlowUploadAsync));

        stalled.Should().OnlyContain(seconds => seconds > 25 && seconds < 65);
        Store.Incoming.Should().BeEmpty();
        (await Eventually.HoldsAsync(() => ProcessUse.OpenFiles(Daemon.Pid) <= before)).Should().BeTrue();
        Daemon.LogText.Should().NotContain(" ERROR ");
    }

    /// <summary>Seconds until the daemon has done with an upload that stands still.</summary>
    private async Task<double> UntilUploadEndsAsync(Version version)
    {
        using var client = Daemon.NewSecureClient(version);
        using var end = new CancellationTokenSource();
        var path = version == HttpVersion.Version11 ? "/" : "/files"; // which tells them apart in the log
        var watch = Stopwatch.StartNew();
        var stalling = new PacedStream(bytes: 100_000, pace: TimeSpan.Zero, thenStall: true);
        var sending = client.PostAsync(path, new StreamContent(stalling), end.Token);
        (await IsLoggedAsync($"POST {path} 400", times: 1)).Should().BeTrue();
        var seconds = watch.Elapsed.TotalSeconds;
        await end.CancelAsync(); // the client library looks up from its own stalling stream for nothing else
        await Task.WhenAny(sending);
        return seconds;
    }

    /// <summary>Seconds until the daemon lets go of a download that is not read.</summary>
    private async Task<double> UntilDownloadEndsAsync(Version version, string hash)
    {
        using var client = Daemon.NewSecureClient(version, receiveBuffer: 8 << 10);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/files/{hash}") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var watch = Stopwatch.StartNew();
        (await IsLoggedAsync($"GET /files/{hash} 200", times: 2)).Should().BeTrue();
        var seconds = watch.Elapsed.TotalSeconds;
        await answer.Invoking(a => a.Content.ReadAsByteArrayAsync()).Should().ThrowAsync<HttpRequestException>("it was cut");
        return seconds;
    }

    /// <summary>An upload of some KB/s, which is taken, in seconds.</summary>
    private async Task<double> SlowUploadAsync()
    {
        using var client = Daemon.NewSecureClient(HttpVersion.Version20);
        var watch = Stopwatch.StartNew();
        var slow = new PacedStream(bytes: 130_000, pace: TimeSpan.FromMilliseconds(250), thenStall: false);
        using var answer = await client.PostAsync("/", new StreamContent(slow));
        answer.Status().Should().Be(200);
        return watch.Elapsed.TotalSeconds;
    }

    private Task<bool> IsLoggedAsync(string line, int times) => Eventually.HoldsAsync(() => Daemon.LogText.Split(line).Length > times, seconds: 70);

    private sealed class PacedStream(int bytes, TimeSpan pace, bool thenStall) : FileStore.Core.Primitives.ReadOnlyStream
    {
        private int _left = bytes;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0 && thenStall)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            await Task.Delay(pace, cancellationToken);
            var count = Math.Min(Math.Min(buffer.Length, 1000), _left);
            buffer.Span[..count].Clear();
            _left -= count;
            return count;
        }
    }
}
