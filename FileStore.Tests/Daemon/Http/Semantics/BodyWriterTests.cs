using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Engines.HttpListener;
using FileStore.Daemon.Http.Semantics;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Semantics;

/// <summary>A large response on HttpListener: sent from the file as far as possible, and otherwise read.</summary>
[TestFixture]
public sealed partial class BodyWriterTests
{
    private const int BufferSize = 4096;

    private readonly byte[] _bytes = Bytes.Random(50_000);
    private HttpListenerEngine _engine;
    private FakeContent _content;
    private TaskCompletionSource<long> _sent;

    [OneTimeSetUp]
    public void Listen() => _engine = new HttpListenerEngine([new IPEndPoint(IPAddress.Loopback, 0)], () => 100, HandleAsync, new LoggedLines().Access, new LoggedLines().Logger, TimeProvider.System);

    [OneTimeTearDown]
    public void StopListening() => _engine.StopAccepting();

    [TestCase("")]
    [TestCase("Connection: close\r\n")]
    public async Task A_body_that_can_be_sent_from_its_file_is_not_read(string header)
    {
        using var socket = Connect();

        var answer = await AskAsync(socket, header, new FakeContent(_bytes, int.MaxValue) { IsReadable = false });

        answer.Body.Should().Equal(_bytes);
        answer.Field("Connection").Should().Be(header.Length > 0 ? "close" : null);
        (await _sent.Task).Should().Be(_bytes.Length);
        socket.IsClosedWithin(1).Should().Be(header.Length > 0);
    }

    [TestCase(0)]
    [TestCase(10)] // of the head
    [TestCase(10, 5_000)]
    [TestCase(0, 5_000, 0, 7)]
    [TestCase(300, 1, 1)]
    public async Task A_body_that_cannot_be_sent_from_its_file_is_read(params int[] rooms)
    {
        using var socket = Connect();

        for (var i = 0; i < 2; i++)
        {
            var answer = await AskAsync(socket, "", new FakeContent(_bytes, rooms));

            answer.Status.Should().Be(200);
            answer.Body.Should().Equal(_bytes);
            (await _sent.Task).Should().Be(_bytes.Length);
        }
    }

    [Test]
    public async Task A_file_that_cannot_be_read_after_its_beginning_was_sent_cuts_the_connection()
    {
        using var socket = Connect();

        var answer = await AskAsync(socket, "", new FakeContent(_bytes, 10_000) { IsReadable = false });

        answer.Body.Should().HaveCountLessThan(10_000).And.Equal(_bytes[..answer.Body.Length]);
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    private Socket Connect()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(_engine.EndPoints[0]);
        return socket;
    }

    private async Task<RawAnswer> AskAsync(Socket socket, string header, FakeContent content)
    {
        (_content, _sent) = (content, new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously));
        socket.SendText($"GET / HTTP/1.1\r\nHost: h\r\n{header}\r\n");
        return await Task.Run(() => socket.ReadAnswer()!);
    }

    private async Task HandleAsync(IHttpExchange exchange)
    {
        exchange.Status = 200;
        exchange.ResponseLength = _content.Length;
        await BodyWriter.WriteAsync(exchange, _content, new ByteRange(0, _content.Length), BufferSize);
        await exchange.CompleteAsync();
        _sent.SetResult(exchange.BytesSent);
    }

    [LibraryImport("libc")]
    private static partial nint send(SafeHandle socket, ReadOnlySpan<byte> bytes, nint count, int flags);

    /// <param name="bytes">Its content.</param>
    /// <param name="rooms">How many bytes the socket accepts at each send; none after that.</param>
    private sealed class FakeContent(byte[] bytes, params int[] rooms) : OpenContent(bytes.Length, DateTimeOffset.UnixEpoch)
    {
        private readonly Queue<int> _rooms = new(rooms);

        internal bool IsReadable { get; init; } = true;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
        {
            if (!IsReadable)
                throw new IOException("unreadable");
            var count = Math.Min(buffer.Length, bytes.Length - (int)offset);
            bytes.AsMemory((int)offset, count).CopyTo(buffer);
            return ValueTask.FromResult(count);
        }

        public override long SendTo(SafeHandle socket, ReadOnlySpan<byte> head, long offset, long count)
        {
            byte[] all = [.. head, .. bytes.AsSpan((int)offset, (int)count)];
            var room = Math.Min(_rooms.TryDequeue(out var next) ? next : 0, all.Length);
            return room == 0 ? 0 : send(socket, all, room, flags: 0);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
