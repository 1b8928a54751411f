using System.Net;
using System.Net.Sockets;
using FileStore.Core.Blobs;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Blobs;

/// <summary>Content that is sent from a file to a socket without being read.</summary>
[TestFixture]
public sealed class SendToTests
{
    private readonly byte[] _bytes = Bytes.Random(3_000_000);
    private StoreFolder _folder;
    private Socket _near;
    private Socket _far;

    [SetUp]
    public void Connect()
    {
        _folder = new StoreFolder();
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        _far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _far.Connect(listening.LocalEndPoint!);
        _near = listening.Accept();
        _near.Blocking = false;
    }

    [TearDown]
    public void Disconnect()
    {
        _near.Dispose();
        _far.Dispose();
        _folder.Dispose();
    }

    [TestCase(0, 1)]
    [TestCase(1_000, 20_000)]
    [TestCase(2_999_990, 10)]
    public async Task The_requested_range_arrives(int offset, int count)
    {
        await using var blob = await StoredAsync();

        blob.SendTo(_near.SafeHandle, [], offset, count).Should().Be(count);

        Received(count).Should().Equal(_bytes[offset..(offset + count)]);
    }

    [Test]
    public async Task A_socket_that_is_full_ends_it_and_what_was_sent_is_known()
    {
        await using var blob = await StoredAsync();
        _near.SendBufferSize = 64 << 10;

        // More than once: data in flight to the peer's kernel makes room.
        long sent = 0, now;
        while ((now = blob.SendTo(_near.SafeHandle, [], sent, _bytes.Length - sent)) > 0)
            sent += now;

        sent.Should().BeInRange(1, _bytes.Length - 1, "nobody has read yet");
        Received((int)sent).Should().Equal(_bytes[..(int)sent]);
    }

    [Test]
    public async Task A_head_goes_before_it()
    {
        await using var blob = await StoredAsync();

        blob.SendTo(_near.SafeHandle, "head"u8, 5, 1_000).Should().Be(1_004);

        Received(1_004).Should().Equal([.. "head"u8, .. _bytes[5..1_005]]);
    }

    [Test]
    public async Task A_head_stays_where_nothing_could_follow_it()
    {
        await using var blob = await StoredAsync();

        blob.SendTo(_near.SafeHandle, "head"u8, 2_999_999, 2).Should().Be(0, "the file ends before");

        blob.SendTo(_near.SafeHandle, "other"u8, 0, 1).Should().Be(6);
        Received(6).Should().Equal([.. "other"u8, _bytes[0]]);
    }

    [Test]
    public async Task A_socket_without_room_for_the_head_takes_what_it_can_of_it_and_nothing_else()
    {
        await using var blob = await StoredAsync();
        _near.SendBufferSize = 64 << 10;
        var head = Bytes.Random(20_000_000);

        var sent = blob.SendTo(_near.SafeHandle, head, 0, _bytes.Length);

        sent.Should().BeInRange(1, head.Length - 1);
        _near.Shutdown(SocketShutdown.Send);
        Received((int)sent).AsSpan().SequenceEqual(head.AsSpan(0, (int)sent)).Should().BeTrue();
        _far.Receive(new byte[1]).Should().Be(0, "nothing else went out");
    }

    [Test]
    public async Task A_file_that_became_shorter_ends_it()
    {
        await using var blob = await StoredAsync();
        File.SetUnixFileMode(_folder.PathOf(blob.Digest), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (var file = File.OpenWrite(_folder.PathOf(blob.Digest)))
            file.SetLength(1000);

        blob.SendTo(_near.SafeHandle, [], 0, 2000).Should().BeLessThanOrEqualTo(1000);
        blob.SendTo(_near.SafeHandle, [], 1500, 10).Should().Be(0);
    }

    [Test]
    public async Task A_client_that_is_gone_is_sent_nothing_and_causes_no_error()
    {
        await using var blob = await StoredAsync();
        _far.LingerState = new LingerOption(true, 0);
        _far.Dispose();
        SpinWait.SpinUntil(() => _near.Poll(0, SelectMode.SelectError) || _near.Poll(0, SelectMode.SelectRead), TimeSpan.FromSeconds(20)).Should().BeTrue();

        blob.SendTo(_near.SafeHandle, [], 0, 1000).Should().Be(0);
    }

    [Test]
    public async Task A_blob_in_memory_is_given_from_memory_and_not_sent_from_its_file()
    {
        var store = new CachedBlobStore(_folder.Store, 1 << 20, TimeProvider.System);
        var (digest, _) = await store.PutAsync(Bytes.Of("small"));

        await using var blob = await store.OpenAsync(digest, CancellationToken.None);

        blob!.InMemory!.Value.ToArray().Should().Equal(Bytes.Of("small"));
        blob.SendTo(_near.SafeHandle, [], 0, 5).Should().Be(0);
    }

    private async Task<OpenBlob> StoredAsync()
    {
        var (digest, _) = await _folder.Store.PutAsync(_bytes);
        return (await _folder.Store.OpenAsync(digest, CancellationToken.None))!;
    }

    private byte[] Received(int count)
    {
        var bytes = new byte[count];
        _far.ReceiveTimeout = 20_000;
        for (var filled = 0; filled < count;)
            filled += _far.Receive(bytes.AsSpan(filled));
        return bytes;
    }
}
