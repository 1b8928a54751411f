using System.Text;
using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Exports;

[TestFixture]
public sealed class ExportRootsTests
{
    private ExportFolder _export;

    [SetUp]
    public void MakeExport() => _export = new ExportFolder();

    [TearDown]
    public void RemoveExport() => _export.Dispose();

    [Test]
    public async Task Files_are_listed_by_ordinal_with_their_sizes()
    {
        foreach (var name in (string[])["b", "a", "B", "ä", "я", "10", "9"])
            _export.Write(name, name);

        var entries = await _export.Roots.ListAsync("d", new NamePattern(null, null));

        entries.Should().Equal(new("10", 2), new("9", 1), new("B", 1), new("a", 1), new("b", 1), new("ä", 2), new("я", 2));
    }

    [Test]
    public async Task Links_folders_and_special_files_are_not_listed_opened_or_removed()
    {
        foreach (var name in SpecialFiles.Make(_export.Path, _export.Beside("outside")))
        {
            (await _export.Roots.OpenAsync("d", name)).Should().BeNull(name);
            (await _export.Roots.RemoveAsync("d", name)).Should().BeFalse(name);
        }

        (await _export.ListAsync()).Should().Equal("real");
        (await _export.Roots.RemoveAsync("d", new NamePattern("*", null))).Should().Be(1);
        _export.Names().Should().NotContain("real").And.Contain("link-out").And.Contain("fifo").And.Contain("folder");
        File.ReadAllText(_export.Beside("outside/canary")).Should().Be(SpecialFiles.Canary);
    }

    [Test]
    public async Task Files_without_a_public_name_are_not_listed_opened_or_removed()
    {
        foreach (var name in (string[])[".hidden", "back\\slash", "new\nline", "\u001b", "\uFFFD"])
            _export.Write(name);
        Shell("touch \"$(printf 'caf\\351')\""); // Latin-1
        var before = _export.Names();

        (await _export.ListAsync()).Should().BeEmpty();
        (await _export.Roots.RemoveAsync("d", new NamePattern("*", "*"))).Should().Be(0);
        foreach (var name in before)
            (await _export.Roots.OpenAsync("d", name)).Should().BeNull();

        _export.Names().Should().Equal(before).And.HaveCount(6);
        Shell("rm caf*"); // .NET could not name it

        void Shell(string command) => Command.Run(_export.Path, "sh", "-c", command).ExitCode.Should().Be(0);
    }

    [TestCase("../outside")]
    [TestCase("..")]
    [TestCase(".")]
    [TestCase("")]
    [TestCase("folder/inner")]
    public async Task A_name_leads_neither_out_of_the_export_nor_into_a_folder(string name)
    {
        File.WriteAllText(_export.Beside("outside"), "");
        Directory.CreateDirectory(_export["folder"]);
        _export.Write("folder/inner");
        _export.Write("a");

        (await _export.Roots.OpenAsync("d", name)).Should().BeNull();
        (await _export.Roots.RemoveAsync("d", name)).Should().BeFalse();

        File.Exists(_export.Beside("outside")).Should().BeTrue();
        _export.Names().Should().Equal("a", "folder");
    }

    [Test]
    public async Task A_hard_link_is_a_file_like_any_other()
    {
        File.WriteAllText(_export.Beside("origin"), "shared");
        Mounted.Must("ln", _export.Beside("origin"), _export["hard"]);

        (await _export.ListAsync()).Should().Equal("hard");
        (await _export.Roots.RemoveAsync("d", "hard")).Should().BeTrue();

        File.Exists(_export.Beside("origin")).Should().BeTrue();
    }

    [Test]
    public async Task An_open_file_is_the_one_that_was_opened()
    {
        _export.Write("a", "first");
        await using var file = await _export.OpenAsync("a");

        File.Delete(_export["a"]);
        _export.Write("a", "second, longer");

        file.Length.Should().Be(5);
        Encoding.UTF8.GetString(await ReadAsync(file)).Should().Be("first");
    }

    [Test]
    public async Task Its_tag_is_another_once_it_was_replaced_or_changed()
    {
        _export.Write("a", "first");
        var tags = new List<string> { await TagAsync(), await TagAsync() };
        tags.Should().AllBe(tags[0]);

        File.WriteAllText(_export.Beside("b"), "other");
        File.SetLastWriteTimeUtc(_export.Beside("b"), File.GetLastWriteTimeUtc(_export["a"]));
        File.Move(_export.Beside("b"), _export["a"], overwrite: true);
        tags.Add(await TagAsync());
        File.SetLastWriteTimeUtc(_export["a"], DateTime.UnixEpoch);
        tags.Add(await TagAsync());

        tags.Skip(1).Should().OnlyHaveUniqueItems();

        async Task<string> TagAsync()
        {
            await using var file = await _export.OpenAsync("a");
            return file.Tag;
        }
    }

    [Test]
    public async Task A_file_that_became_shorter_says_so_when_it_is_read()
    {
        _export.Write("a", "first");
        await using var file = await _export.OpenAsync("a");

        _export.Write("a", "fi");

        (await file.Invoking(ReadAsync).Should().ThrowAsync<ExportException>()).Which.Fault.Should().Be(DiskFault.Changed);
    }

    [Test]
    public async Task A_directory_that_is_gone_is_unavailable_until_it_is_back()
    {
        _export.Write("a");
        var roots = _export.Roots;
        Directory.Delete(_export.Path, recursive: true);

        (await roots.Invoking(r => r.OpenAsync("d", "a")).Should().ThrowAsync<ExportException>())
            .Which.Should().Match<ExportException>(e => e.Fault == DiskFault.Unavailable && !e.Message.Contains(_export.Path));

        Directory.CreateDirectory(_export.Path);
        _export.Write("b");
        (await _export.ListAsync()).Should().Equal("b");
    }

    [TestCase("nothing")]
    [TestCase("file")]
    public void A_path_that_is_not_a_directory_cannot_be_exported(string name)
    {
        File.WriteAllText(_export.Beside("file"), "");
        var paths = new Dictionary<string, string> { ["x"] = _export.Beside(name) };

        foreach (var open in (Action[])[() => ExportRoots.RequireUsable(paths), () => ExportRoots.Open(paths, _export.Log.Logger)])
            open.Should().Throw<ExportException>().WithMessage($"the export x *{name}*");
    }

    private static async Task<byte[]> ReadAsync(ExportedFile file)
    {
        var content = new byte[file.Length];
        for (var filled = 0; filled < content.Length;)
            filled += await file.ReadAsync(filled, content.AsMemory(filled), CancellationToken.None);
        return content;
    }
}
