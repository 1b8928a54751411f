using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Exports;

/// <summary>The next start deletes what a crash leaves of archives, and nothing else.</summary>
[TestFixture]
public sealed class ExportSweepTests
{
    private ExportFolder _export;

    [SetUp]
    public void MakeExport() => _export = new ExportFolder();

    [TearDown]
    public void RemoveExport() => _export.Dispose();

    [Test]
    public void Leftovers_are_removed()
    {
        _export.Write(ArchiveName.NewUnfinishedName(), "half");
        _export.Write(ArchiveName.NewUnfinishedName());
        _export.Write("a");

        _export.Open();

        _export.Names().Should().Equal("a");
        _export.Log.All.Should().ContainSingle().Which.Should().Contain("removed 2 unfinished archives from export d");
    }

    [Test]
    public void A_file_that_only_resembles_a_leftover_stays()
    {
        string[] names = [".filestore-unfinished-not", "a.filestore-unfinished", ".b"];
        foreach (var name in names)
            _export.Write(name);
        var folder = ArchiveName.NewUnfinishedName();
        Directory.CreateDirectory(_export[folder]);
        File.WriteAllText(_export.Beside("canary"), "");
        var link = ArchiveName.NewUnfinishedName();
        File.CreateSymbolicLink(_export[link], _export.Beside("canary"));
        var fifo = ArchiveName.NewUnfinishedName();
        Mounted.Must("mkfifo", _export[fifo]);

        _export.Open();

        _export.Names().Should().BeEquivalentTo([.. names, folder, link, fifo]);
        File.Exists(_export.Beside("canary")).Should().BeTrue();
    }

    [Test]
    public void An_archive_that_another_daemon_is_writing_stays()
    {
        using var directory = ExportDirectory.Open(_export.Path);
        var unfinished = ArchiveName.NewUnfinishedName();
        var handle = directory.CreateUnfinished(unfinished);

        _export.Open();
        _export.Names().Should().Equal(unfinished);

        handle.Dispose();
        _export.Open();
        _export.Names().Should().BeEmpty();
    }

    [Test, NeedsRoot]
    public void A_leftover_that_cannot_be_removed_does_not_stop_the_start()
    {
        var unfinished = ArchiveName.NewUnfinishedName();
        _export.Write(unfinished);
        using var mount = new BindMount(_export.Path, _export.Path, readOnly: true);

        _export.Open();

        _export.Names().Should().Equal(unfinished);
        _export.Log.Warnings.Should().ContainSingle().Which.Should().Contain("export d").And.Contain("Read-only");
    }

    [Test]
    public void A_locked_leftover_stays_until_its_lock_is_released()
    {
        using var directory = ExportDirectory.Open(_export.Path);
        var unfinished = ArchiveName.NewUnfinishedName();
        _export.Write(unfinished);

        using (var locked = Posix.TryOpen(_export[unfinished], Posix.OReadOnly, out _)!)
        {
            Posix.TryLockWhole(locked, unfinished);
            directory.DeleteAbandoned(ArchiveName.UnfinishedSuffix).Should().Be(0);
        }

        directory.DeleteAbandoned(ArchiveName.UnfinishedSuffix).Should().Be(1);
    }
}
