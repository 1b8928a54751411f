using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>
/// Clients that store and delete, and remember what they were told: acknowledged, or left in the dark. What they were
/// told must be true of the store afterwards, whatever happened to the daemon.
/// </summary>
internal sealed class Workload
{
    private static readonly byte[][] Shared = [.. Enumerable.Range(0, 4).Select(i => Bytes.Fresh(2000 + (i * 30_000)))];

    private readonly ConcurrentDictionary<string, bool> _stored = new();
    private readonly ConcurrentDictionary<string, bool> _deleted = new();
    private int _acknowledged;

    /// <summary>How many uploads and deletions were acknowledged.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Uploads that were acknowledged and never asked to be deleted.</summary>
    public ICollection<string> Stored => _stored.Keys;

    /// <summary>Runs the clients until they are stopped; failures of their connections do not stop them.</summary>
    public Task RunAsync(Uri url, int clients, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(() => ClientAsync(url, stop), CancellationToken.None)));

    /// <summary>Holds what the clients were told against what lies in the store's folder.</summary>
    public void Verify(string store)
    {
        var present = new StoreOnDisk(store).Blobs.ToHashSet();
        new StoreOnDisk(store).Broken.Should().BeEmpty("whatever has a blob's name is whole");
        _stored.Keys.Where(hash => !present.Contains(hash)).Should().BeEmpty("acknowledged uploads are there");
        _deleted.Keys.Where(present.Contains).Should().BeEmpty("acknowledged deletions last");
    }

    private async Task ClientAsync(Uri url, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(20) };
        var mine = new Queue<string>();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (mine.Count > 3 && Random.Shared.Next(4) == 0)
                    await DeleteAsync(client, mine.Dequeue());
                else if (await UploadAsync(client) is { } hash)
                    mine.Enqueue(hash);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or SocketException)
            {
                // SocketException: what HttpClient lets through when a connection ends just as it is made.
                await Task.Delay(10, CancellationToken.None); // the daemon is gone, perhaps for good, perhaps to come again
            }
        }
    }

    /// <summary>The hash, where it is this client's alone to delete.</summary>
    private async Task<string?> UploadAsync(HttpClient client)
    {
        var isShared = Random.Shared.Next(8) == 0;
        var content = isShared ? Random.Shared.GetItems(Shared, 1)[0] : Bytes.Fresh(RandomSize());
        using var request = Uploads.Post(content, (BodyKind)Random.Shared.Next(3));
        using var answer = await client.SendAsync(request);
        if (answer.StatusCode != HttpStatusCode.OK)
            return null;
        var hash = await answer.Content.ReadAsStringAsync();
        hash.Should().Be(Bytes.HashOf(content));
        _stored[hash] = true;
        Interlocked.Increment(ref _acknowledged);
        return isShared ? null : hash;
    }

    private async Task DeleteAsync(HttpClient client, string hash)
    {
        _stored.TryRemove(hash, out _); // unless it is acknowledged, either outcome is right from now on
        using var answer = await client.DeleteAsync($"/files/{hash}");
        if (answer.StatusCode != HttpStatusCode.OK)
            return;
        _deleted[hash] = true;
        Interlocked.Increment(ref _acknowledged);
    }

    private static int RandomSize() => Random.Shared.Next(20) switch
    {
        < 14 => Random.Shared.Next(1, 8 << 10), // never empty: an empty file would be several clients' own
        < 19 => Random.Shared.Next(1, 300 << 10),
        _ => Random.Shared.Next(1, 4 << 20),
    };
}
