using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class FileLockTests
{
    private TempFolder _folder;

    private string LockFile => _folder["held.pid"];

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void The_holder_is_named_in_the_file_for_as_long_as_it_holds()
    {
        FileLock.HolderOf(LockFile).Should().BeNull();
        using (FileLock.TryAcquire(LockFile, removeOnRelease: true))
        {
            File.ReadAllText(LockFile).Should().Be($"{Environment.ProcessId}\n");
            FileLock.HolderOf(LockFile).Should().Be(new LockHolder(Environment.ProcessId));
        }

        File.Exists(LockFile).Should().BeFalse();
        FileLock.HolderOf(LockFile).Should().BeNull();
    }

    [Test]
    public void Two_in_one_process_exclude_each_other()
    {
        using var first = FileLock.TryAcquire(LockFile, removeOnRelease: false);

        first.Should().NotBeNull();
        FileLock.TryAcquire(LockFile, removeOnRelease: false).Should().BeNull();

        first!.Dispose();
        using var second = FileLock.TryAcquire(LockFile, removeOnRelease: false);
        second.Should().NotBeNull();
    }

    [Test]
    public void A_refused_attempt_leaves_the_holder_as_it_was()
    {
        using var first = FileLock.TryAcquire(LockFile, removeOnRelease: true);

        for (var i = 0; i < 10; i++)
            FileLock.TryAcquire(LockFile, removeOnRelease: true).Should().BeNull();

        FileLock.HolderOf(LockFile).Should().Be(new LockHolder(Environment.ProcessId));
    }

    [TestCase("")]
    [TestCase("1\n")]
    [TestCase("99999999\n")]
    [TestCase("no number, and longer than any number could be\n")]
    public void A_file_that_nobody_locks_is_free_whatever_it_says(string text)
    {
        File.WriteAllText(LockFile, text);

        FileLock.HolderOf(LockFile).Should().BeNull();
        using var taken = FileLock.TryAcquire(LockFile, removeOnRelease: false);
        taken.Should().NotBeNull();
        File.ReadAllText(LockFile).Should().Be($"{Environment.ProcessId}\n");
    }

    [Test]
    public void A_file_that_is_kept_is_free_after_the_release()
    {
        FileLock.TryAcquire(LockFile, removeOnRelease: false)!.Dispose();

        File.Exists(LockFile).Should().BeTrue();
        FileLock.HolderOf(LockFile).Should().BeNull();
    }

    [Test]
    public void It_is_free_after_the_release_although_a_child_that_starts_has_the_file_open_too()
    {
        var held = FileLock.TryAcquire(LockFile, removeOnRelease: false)!;
        using var copy = new CopiedDescriptor(LockFile);

        held.Dispose();

        FileLock.HolderOf(LockFile).Should().BeNull();
        using var second = FileLock.TryAcquire(LockFile, removeOnRelease: false);
        second.Should().NotBeNull();
    }

    [Test]
    public void Releasing_twice_does_no_harm_to_the_next_holder()
    {
        var first = FileLock.TryAcquire(LockFile, removeOnRelease: true)!;
        first.Dispose();
        using var second = FileLock.TryAcquire(LockFile, removeOnRelease: true);

        first.Dispose();

        FileLock.HolderOf(LockFile).Should().Be(new LockHolder(Environment.ProcessId));
    }

    [Test]
    public void A_release_leaves_alone_another_file_that_has_taken_its_name()
    {
        var first = FileLock.TryAcquire(LockFile, removeOnRelease: true)!;
        File.Delete(LockFile); // as a careless administrator does
        File.WriteAllText(LockFile, "another's");

        first.Dispose();

        File.ReadAllText(LockFile).Should().Be("another's");
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("1\n")]
    public void A_file_that_is_removed_or_replaced_under_its_holder_stays_locked(string? replacement)
    {
        using (FileLock.TryAcquire(LockFile, removeOnRelease: true))
        {
            File.Delete(LockFile);
            if (replacement is not null)
                File.WriteAllText(LockFile, replacement);

            FileLock.HolderOf(LockFile).Should().Be(new LockHolder(Environment.ProcessId));
            FileLock.TryAcquire(LockFile, removeOnRelease: true).Should().BeNull();
            FileLock.HolderOf(_folder["other.pid"]).Should().BeNull("that is another name");
        }

        FileLock.HolderOf(LockFile).Should().BeNull();
        using var next = FileLock.TryAcquire(LockFile, removeOnRelease: true);
        next.Should().NotBeNull();
    }

    [Test]
    public void The_holder_is_known_after_it_has_read_its_own_file()
    {
        using var held = FileLock.TryAcquire(LockFile, removeOnRelease: true);
        File.ReadAllText(LockFile); // releases the process's locks, fcntl(2)
        var other = Command.Run("/", "bash", "-c", $"flock --nonblock '{LockFile}' true; cat '{LockFile}'");

        other.Output.Should().Be($"{Environment.ProcessId}\n");
        FileLock.HolderOf(LockFile).Should().Be(new LockHolder(Environment.ProcessId));
    }

    [Test]
    public void A_path_that_is_not_a_regular_file_is_refused_without_waiting()
    {
        Directory.CreateDirectory(_folder["in"]);
        foreach (var name in SpecialFiles.Make(_folder["in"], _folder["out"]))
        {
            var path = _folder[$"in/{name}"];
            ((Action)(() => FileLock.HolderOf(path))).Should().Throw<IOException>(name).WithMessage($"*{path}*");
            ((Action)(() => FileLock.TryAcquire(path, removeOnRelease: true))).Should().Throw<IOException>(name).WithMessage($"*{path}*");
        }

        File.ReadAllText(_folder["out/canary"]).Should().Be(SpecialFiles.Canary);
    }

    [Test]
    public async Task Never_two_hold_it_while_holders_come_and_go_with_the_file()
    {
        var holders = 0;
        var most = 0;
        var times = 0;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                using var held = FileLock.TryAcquire(LockFile, removeOnRelease: true);
                if (held is null)
                    continue;
                most = Math.Max(most, Interlocked.Increment(ref holders));
                Interlocked.Increment(ref times);
                Thread.Yield();
                Interlocked.Decrement(ref holders);
            }
        })));

        most.Should().Be(1);
        times.Should().BeGreaterThan(10);
        File.Exists(LockFile).Should().BeFalse();
    }

    [Test]
    public void A_missing_folder_is_an_error_and_no_free_lock()
    {
        var take = () => FileLock.TryAcquire(_folder["absent/held.pid"], removeOnRelease: true);

        take.Should().Throw<IOException>();
        FileLock.HolderOf(_folder["absent/held.pid"]).Should().BeNull();
    }

    [Test]
    public void The_lock_of_a_killed_process_is_free_though_its_file_lies_there()
    {
        using var daemon = DaemonProcess.Start(_folder.Path);
        var pidFile = _folder["filestore.pid"];
        FileLock.HolderOf(pidFile).Should().Be(new LockHolder(daemon.Pid));
        FileLock.TryAcquire(pidFile, removeOnRelease: true).Should().BeNull();

        daemon.Kill();

        File.ReadAllText(pidFile).Should().Be($"{daemon.Pid}\n");
        FileLock.HolderOf(pidFile).Should().BeNull();
        using var taken = FileLock.TryAcquire(pidFile, removeOnRelease: true);
        taken.Should().NotBeNull();
    }
}
