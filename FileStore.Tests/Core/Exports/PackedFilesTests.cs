using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace FileStore.Tests.Core.Exports;

[TestFixture]
public sealed class PackedFilesTests
{
    private TempFolder _folder;
    private FakeTimeProvider _time;
    private PackedFiles _files;
    private BlockingThreadPool _threads;
    private List<ExportedFile> _packed;

    [SetUp]
    public void MakeFiles()
    {
        (_folder, _time, _threads, _packed) = (new TempFolder(), new FakeTimeProvider(), new BlockingThreadPool(1), []);
        _files = new PackedFiles(_time);
    }

    [TearDown]
    public void Close()
    {
        _files.Dispose();
        _threads.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Simultaneous_requests_for_a_file_wait_for_one_packing()
    {
        var gate = new TaskCompletionSource();
        Task<(ExportedFile, bool)> PackAsync(CancellationToken ct) => gate.Task.ContinueWith(_ => (Pack(), true), ct);
        var asking = Enumerable.Range(0, 5).Select(_ => _files.GetAsync(Key("a"), "1", PackAsync, CancellationToken.None)).ToList();

        gate.SetResult();
        var all = await Task.WhenAll(asking);

        _packed.Should().ContainSingle();
        foreach (var file in all)
            await file.DisposeAsync();
        IsOpen(0).Should().BeTrue();
    }

    [Test]
    public async Task A_packed_file_stays_for_a_minute_after_its_last_request()
    {
        var file = await GetAsync("a");
        _time.Advance(TimeSpan.FromHours(1));
        await GetAndLeaveAsync("a");
        await file.DisposeAsync();
        await file.DisposeAsync();

        _time.Advance(PackedFiles.IdleTimeout - TimeSpan.FromSeconds(1));
        await GetAndLeaveAsync("b");
        IsOpen(0).Should().BeTrue();
        _time.Advance(TimeSpan.FromSeconds(1));
        await GetAndLeaveAsync("b");

        IsOpen(0).Should().BeFalse();
        _packed.Should().HaveCount(2);
    }

    [Test]
    public async Task Idle_packed_files_are_limited_in_number()
    {
        for (var i = 0; i <= PackedFiles.MaxIdle; i++)
            await GetAndLeaveAsync($"{i}");

        IsOpen(0).Should().BeFalse("it is the oldest");
        Enumerable.Range(1, PackedFiles.MaxIdle).Should().OnlyContain(i => IsOpen(i));
    }

    [Test]
    public async Task Idle_packed_files_are_limited_in_bytes()
    {
        await GetAndLeaveAsync("a", PackedFiles.MaxIdleBytes);
        await GetAndLeaveAsync("b", 1);

        IsOpen(0).Should().BeFalse();
        IsOpen(1).Should().BeTrue();
    }

    [Test]
    public async Task A_changed_file_is_packed_again_and_the_old_one_stays_open_for_its_reader()
    {
        var old = await GetAsync("a", tag: "1");
        await using var changed = await GetAsync("a", tag: "2");

        changed.Handle.Should().NotBeSameAs(old.Handle);
        IsOpen(0).Should().BeTrue();
        await old.DisposeAsync();
        IsOpen(0).Should().BeFalse();
    }

    [Test]
    public async Task A_packed_file_that_may_be_stale_is_not_kept()
    {
        await GetAndLeaveAsync("a", canBeKept: false);

        IsOpen(0).Should().BeFalse();
    }

    [Test]
    public async Task A_packing_that_failed_is_tried_again()
    {
        await FluentActions.Invoking(() => _files.GetAsync(Key("a"), "1", _ => Task.FromException<(ExportedFile, bool)>(new IOException("no")), CancellationToken.None))
            .Should().ThrowAsync<IOException>();

        await GetAndLeaveAsync("a");

        _packed.Should().ContainSingle();
    }

    [Test]
    public async Task A_packing_is_cancelled_when_its_last_request_is_cancelled()
    {
        using var left = new CancellationTokenSource();
        using var leftToo = new CancellationTokenSource();
        var over = CancellationToken.None;
        Task<(ExportedFile, bool)> PackAsync(CancellationToken ct)
        {
            over = ct;
            return Task.Delay(Timeout.Infinite, ct).ContinueWith(_ => (Pack(), true), ct);
        }

        var first = _files.GetAsync(Key("a"), "1", PackAsync, left.Token);
        var second = _files.GetAsync(Key("a"), "1", PackAsync, leftToo.Token);
        await left.CancelAsync();
        await FluentActions.Awaiting(() => first).Should().ThrowAsync<OperationCanceledException>();
        over.IsCancellationRequested.Should().BeFalse("another waits");
        await leftToo.CancelAsync();
        await FluentActions.Awaiting(() => second).Should().ThrowAsync<OperationCanceledException>();

        over.IsCancellationRequested.Should().BeTrue();
    }

    [Test]
    public async Task Disposing_closes_an_idle_packed_file()
    {
        await GetAndLeaveAsync("a");

        _files.Dispose();

        IsOpen(0).Should().BeFalse();
    }

    private static (string, string, ArchiveFormat) Key(string name) => ("d", name, ArchiveFormat.Zip);

    private Task<ExportedFile> GetAsync(string name, long length = 10, string tag = "1", bool canBeKept = true) =>
        _files.GetAsync(Key(name), tag, _ => Task.FromResult((Pack(length), canBeKept)), CancellationToken.None);

    private async Task GetAndLeaveAsync(string name, long length = 10, bool canBeKept = true)
    {
        await using var file = await GetAsync(name, length, canBeKept: canBeKept);
    }

    private ExportedFile Pack(long length = 10)
    {
        var handle = File.OpenHandle(_folder[$"{_packed.Count}"], FileMode.Create, FileAccess.ReadWrite);
        _packed.Add(new ExportedFile(handle, length, DateTimeOffset.UnixEpoch, "a.zip", "tag", _threads));
        return _packed[^1];
    }

    private bool IsOpen(int packed) => !_packed[packed].Handle.IsClosed;
}
