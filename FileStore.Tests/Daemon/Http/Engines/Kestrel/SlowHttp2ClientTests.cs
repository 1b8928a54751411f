using System.Net;
using System.Net.Sockets;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines.Kestrel;

/// <summary>HTTP/2 streams on which a client stalls.</summary>
[TestFixture]
public sealed class SlowHttp2ClientTests() : TimedFixture("https")
{
    [Test]
    public async Task An_upload_that_stops_is_dropped_after_30_seconds()
    {
        using var client = NewClient();
        using var end = new CancellationTokenSource();
        var stopping = new StoppingStream(100_000);
        var sending = client.PostAsync("/", new StreamContent(stopping), end.Token);
        await stopping.Stopped.WaitAsync(TimeSpan.FromSeconds(20));
        (await SecondsAsync(() => IsLogged("POST / 400"))).Should().BeInRange(29, 40);

        await end.CancelAsync(); // nothing else makes the client library stop reading its own stream
        await Task.WhenAny(sending);
    }

    [Test]
    public async Task A_download_that_is_not_read_is_dropped_within_a_minute_and_a_half()
    {
        var big = Sample.Random(12_000_000);
        await using var incoming = await Daemon.Blobs.ReceiveAsync(new MemoryStream(big.Bytes), big.Bytes.Length, CancellationToken.None);
        await incoming.CommitAsync(CancellationToken.None);
        using var client = NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/files/{big.Hash}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        (await SecondsAsync(() => IsLogged($"GET /files/{big.Hash} 200"))).Should().BeInRange(29, 92);

        await response.Invoking(cut => cut.Content.ReadAsByteArrayAsync()).Should().ThrowAsync<HttpRequestException>();
    }

    private bool IsLogged(string line) => Daemon.LogLines.Any(logged => logged.Contains(line, StringComparison.Ordinal));

    private HttpClient NewClient() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
        ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(Daemon.Connect(receiveBuffer: 8 << 10), ownsSocket: true)),
    })
    {
        BaseAddress = new Uri("https://localhost"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Returns a number of zeros and then blocks without ending.</summary>
    private sealed class StoppingStream(int length) : ReadOnlyStream
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = length;

        /// <summary>Completed when all zeros were read and more were requested.</summary>
        public Task Stopped => _stopped.Task;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0)
            {
                _stopped.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            var count = Math.Min(buffer.Length, _left);
            buffer.Span[..count].Clear();
            _left -= count;
            return count;
        }
    }
}
