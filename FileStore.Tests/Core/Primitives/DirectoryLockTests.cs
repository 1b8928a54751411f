using System.Diagnostics;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class DirectoryLockTests
{
    private TempFolder _folder;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void One_holds_it_and_leaves_nothing_behind()
    {
        using (var first = DirectoryLock.TryAcquire(_folder.Path, TimeSpan.Zero))
        {
            first.Should().NotBeNull();
            DirectoryLock.TryAcquire(_folder.Path, TimeSpan.Zero).Should().BeNull();
        }

        using var second = DirectoryLock.TryAcquire(_folder.Path, TimeSpan.Zero);
        second.Should().NotBeNull();
        Directory.GetFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Test]
    public void It_is_free_after_the_release_although_a_child_that_starts_has_the_folder_open_too()
    {
        var first = DirectoryLock.TryAcquire(_folder.Path, TimeSpan.Zero)!;
        using var copy = new CopiedDescriptor(_folder.Path);

        first.Dispose();

        using var second = DirectoryLock.TryAcquire(_folder.Path, TimeSpan.Zero);
        second.Should().NotBeNull();
    }

    [Test]
    public async Task A_waiting_caller_gets_the_lock_when_it_is_free()
    {
        var first = DirectoryLock.TryAcquire(_folder.Path, TimeSpan.Zero)!;
        var waiting = Task.Run(() => DirectoryLock.TryAcquire(_folder.Path, TimeSpan.FromSeconds(30)));
        await Task.Delay(100);
        waiting.IsCompleted.Should().BeFalse();

        first.Dispose();

        using var second = await waiting;
        second.Should().NotBeNull();
    }

    [Test]
    public void Patience_ends()
    {
        using var first = DirectoryLock.TryAcquire(_folder.Path, TimeSpan.Zero);
        var waited = Stopwatch.StartNew();

        DirectoryLock.TryAcquire(_folder.Path, TimeSpan.FromMilliseconds(100)).Should().BeNull();

        waited.Elapsed.TotalMilliseconds.Should().BeInRange(90, 10_000);
    }

    [Test]
    public async Task Never_two_hold_it()
    {
        var holders = 0;
        var most = 0;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                using var held = DirectoryLock.TryAcquire(_folder.Path, TimeSpan.FromSeconds(30));
                held.Should().NotBeNull();
                most = Math.Max(most, Interlocked.Increment(ref holders));
                Thread.Yield();
                Interlocked.Decrement(ref holders);
            }
        })));

        most.Should().Be(1);
    }

    [Test]
    public void A_missing_folder_and_a_file_cannot_be_locked()
    {
        File.WriteAllText(_folder["file"], "");

        FluentActions.Invoking(() => DirectoryLock.TryAcquire(_folder["absent"], TimeSpan.Zero)).Should().Throw<IOException>();
        FluentActions.Invoking(() => DirectoryLock.TryAcquire(_folder["file"], TimeSpan.Zero)).Should().Throw<IOException>();
    }

    [Test]
    public void Another_process_is_kept_out_too()
    {
        using var held = DirectoryLock.TryAcquire(_folder.Path, TimeSpan.Zero);

        Command.Run("/", "flock", "--nonblock", _folder.Path, "true").ExitCode.Should().Be(1);
    }
}
