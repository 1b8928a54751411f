using System.Net.Sockets;
using FileStore.Core.Relay;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Relay;

/// <summary>Files outside the roots can neither be read nor be found out to exist.</summary>
[TestFixture]
public sealed class LocalRootsTests
{
    private TempFolder _folder;
    private LocalRoots _roots;

    [SetUp]
    public void MakeFolders()
    {
        _folder = new TempFolder();
        foreach (var name in (string[])["data", "data/sub", "data/sub/deeper", "data2", "outside", "outside/folder"])
            Directory.CreateDirectory(_folder[name]);
        foreach (var name in (string[])["data/a", "data/sub/b", "data/..c", "data/отчёт 😀.gz"])
            File.WriteAllText(_folder[name], "inside");
        foreach (var name in (string[])["canary", "data2/canary", "outside/canary", "outside/folder/canary"])
            File.WriteAllText(_folder[name], SpecialFiles.Canary);
        _roots = new LocalRoots([_folder["data"]]);
    }

    [TearDown]
    public void RemoveFolders() => _folder.Dispose();

    [TestCase("data/a")]
    [TestCase("data/sub/b")]
    [TestCase("data/..c")]
    [TestCase("data/отчёт 😀.gz")]
    [TestCase("data//sub/./b")]
    [TestCase("data/sub/../a")]
    [TestCase("outside/../data/a", Description = "which leads inside all the same")]
    public void A_file_below_a_root_is_read(string path) => Read(path).Should().Be("inside");

    [TestCase("data/link-file", "a")]
    [TestCase("data/link-up", "sub/../a")]
    [TestCase("data/link-absolute", "DATA/sub/b")]
    [TestCase("data/link-folder/b", "sub")]
    [TestCase("data/sub/deeper/link-link", "../../link-file")]
    public void A_link_to_a_file_below_a_root_is_followed(string path, string target)
    {
        Link("data/link-file", "a");
        Link(path.EndsWith("/b", StringComparison.Ordinal) ? path[..^2] : path, target.Replace("DATA", _folder["data"], StringComparison.Ordinal));

        Read(path).Should().Be("inside");
    }

    [Test]
    public void A_root_may_be_a_link_or_lie_behind_one_or_be_spelled_with_a_slash()
    {
        Link("root", "data");
        Link("above", ".");
        foreach (var root in (string[])["root", "above/data", "data/"])
        {
            var roots = new LocalRoots([_folder[root]]);
            Read($"{root}/a", roots).Should().Be("inside");
            Read("data/a", roots).Should().Be("inside", "it is the same place");
            ShouldBeOutside("data2/canary", roots);
            ShouldBeOutside($"{root}/../canary", roots);
        }
    }

    [TestCase("canary")]
    [TestCase("data2/canary")]
    [TestCase("outside/canary")]
    [TestCase("data/../canary")]
    [TestCase("data/sub/../../outside/canary")]
    [TestCase("data/../data2/canary")]
    [TestCase("data/..")]
    [TestCase("")]
    [TestCase("data2/missing")]
    [TestCase("data/../missing")]
    public void A_path_outside_the_roots_is_refused_whether_it_exists_or_not(string path) => ShouldBeOutside(path);

    [TestCase("data/link", "../outside/canary")]
    [TestCase("data/link", "OUT/canary")]
    [TestCase("data/link", "/proc/self/root/OUT/canary")]
    [TestCase("data/link", "/proc/self/cwd")]
    [TestCase("data/link/canary", "../outside/folder")]
    [TestCase("data/link/../canary", "../outside/folder", Description = "the kernel's parent of a link is not the path's")]
    [TestCase("data/link/missing", "../outside/folder", Description = "a missing file there is no missing file here")]
    [TestCase("data/link/missing/missing", "../outside/folder")]
    [TestCase("data/link/../missing", "../outside/folder")]
    [TestCase("data/link/canary/x", "../outside/folder")]
    [TestCase("data/link", "../outside/missing", Description = "nor is a link to nothing there")]
    [TestCase("data/link", "../outside/missing/missing")]
    [TestCase("data/link", "link2", Description = "a link to such a link")]
    [TestCase("data/link", "/dev/zero")]
    public void A_link_out_of_the_roots_is_refused_whether_its_target_exists_or_not(string path, string target)
    {
        Link("data/link2", "../outside/missing");
        Link("data/link", target.Replace("/OUT", _folder["outside"], StringComparison.Ordinal).Replace("OUT", _folder["outside"], StringComparison.Ordinal));

        ShouldBeOutside(path);
    }

    [Test]
    public void A_folder_that_was_moved_out_is_outside()
    {
        Directory.Move(_folder["data/sub"], _folder["outside/sub"]);
        Link("data/sub", "../outside/sub");

        ShouldBeOutside("data/sub/b");
    }

    [TestCase("data/missing")]
    [TestCase("data/missing/missing")]
    [TestCase("data/a/b", Description = "a file is no folder")]
    [TestCase("data/a/")]
    [TestCase("data/a/.")]
    [TestCase("data")]
    [TestCase("data/sub")]
    [TestCase("data/sub/")]
    [TestCase("data/dangling")]
    [TestCase("data/loop")]
    [TestCase("data/fifo", Description = "which is not waited for")]
    [TestCase("data/socket")]
    public void A_path_that_does_not_lead_to_a_regular_file_is_not_there(string path)
    {
        Link("data/dangling", "missing");
        Link("data/loop", "loop");
        Mounted.Must("mkfifo", _folder["data/fifo"]);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder["data/socket"]));

        Open(path).Should().BeNull();
    }

    [Test, NeedsRoot]
    public void A_device_is_not_there_either()
    {
        Mounted.Must("mknod", _folder["data/zero"], "c", "1", "5");

        Open("data/zero").Should().BeNull();
    }

    [TestCase(255)]
    [TestCase(256)]
    [TestCase(4096)]
    [TestCase(60_000)]
    public void A_path_that_is_too_long_is_not_there(int length)
    {
        Open($"data/{new string('x', length)}").Should().BeNull();
        Open($"data{string.Concat(Enumerable.Repeat("/x", length / 2))}").Should().BeNull();
    }

    [TestCase("a")]
    [TestCase("")]
    [TestCase("./a")]
    [TestCase("~/a")]
    [TestCase("file:///etc/passwd")]
    public void A_path_that_is_relative_is_refused(string path) =>
        _roots.Invoking(roots => roots.Open(path)).Should().Throw<OutsideRootsException>();

    [Test]
    public void So_is_one_with_a_zero_in_it() => ShouldBeOutside("data/a\0.gz");

    [Test]
    public void Without_roots_nothing_is_read() => ShouldBeOutside("data/a", new LocalRoots([]));

    [Test]
    public void A_root_that_has_gone_holds_nothing_and_the_others_stay()
    {
        var roots = new LocalRoots([_folder["gone"], _folder["data"]]);

        Read("data/a", roots).Should().Be("inside");
        ShouldBeOutside("gone/a", roots);
    }

    [Test]
    public void The_root_of_everything_allows_everything() => Read("canary", new LocalRoots(["/"])).Should().Be(SpecialFiles.Canary);

    [TestCase("data/swapped", "canary", Description = "a file and a link")]
    [TestCase("data/swapped/canary", "folder", Description = "a link to a folder inside, and one to a folder outside")]
    public async Task A_race_is_never_won(string path, string name)
    {
        Directory.CreateDirectory(_folder["data/folder"]);
        File.WriteAllText(_folder["data/folder/canary"], "inside");
        using var over = new CancellationTokenSource();
        var swapping = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                Swap(() => File.CreateSymbolicLink(_folder["data/swapped"], $"../outside/{name}"));
                Swap(() => File.CreateSymbolicLink(_folder["data/swapped"], name == "folder" ? name : "a"));
                if (name != "folder")
                    Swap(() => File.WriteAllText(_folder["data/swapped"], "inside"));
            }
        });
        var (inside, refused) = (0, 0);
        for (var i = 0; i < 1_000_000 && (i < 3000 || inside == 0 || refused == 0); i++)
        {
            try
            {
                var text = Read(path);
                text.Should().NotBe(SpecialFiles.Canary);
                inside += text is null ? 0 : 1;
            }
            catch (OutsideRootsException)
            {
                refused++;
            }
        }

        await over.CancelAsync();
        await swapping;
        inside.Should().BePositive("it was there at times");
        refused.Should().BePositive("and at times the link outside was");

        void Swap(Action make)
        {
            File.Delete(_folder["data/swapped"]);
            make();
        }
    }

    private string? Read(string path, LocalRoots? roots = null)
    {
        using var file = Open(path, roots);
        if (file is null)
            return null;
        var bytes = new byte[file.Length];
        for (int filled = 0, count; filled < bytes.Length && (count = RandomAccess.Read(file.SafeFileHandle, bytes.AsSpan(filled), filled)) > 0;)
            filled += count;
        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    private FileStream? Open(string path, LocalRoots? roots = null) => (roots ?? _roots).Open(_folder[path]);

    private void ShouldBeOutside(string path, LocalRoots? roots = null) =>
        this.Invoking(_ => Open(path, roots)).Should().Throw<OutsideRootsException>(path).Which.Message.Should().NotContain(_folder.Path);

    private void Link(string path, string target)
    {
        if (!File.Exists(_folder[path]) || path != "data/link-file")
            File.CreateSymbolicLink(_folder[path], target);
    }
}
