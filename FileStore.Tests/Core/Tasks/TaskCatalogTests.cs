using FileStore.Core.Tasks;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Tasks;

[TestFixture]
public sealed class TaskCatalogTests
{
    private TempFolder _folder;

    private TaskItem Item => new(1, "a", _folder["file"]);

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task A_file_is_opened_as_it_is_now()
    {
        var tasks = new TaskCatalog([Item]);
        (await tasks.OpenAsync(Item)).Should().BeNull("it is not there yet");
        File.WriteAllText(Item.File!, "one");
        await using var one = await tasks.OpenAsync(Item);
        File.WriteAllText(_folder["next"], "second");
        File.Move(_folder["next"], Item.File!, overwrite: true);
        await using var second = await tasks.OpenAsync(Item);

        (await TextAsync(one!)).Should().Be("one");
        (await TextAsync(second!)).Should().Be("second");
        second!.Tag.Should().NotBe(one!.Tag);
        second.Name.Should().Be("file");
    }

    [Test]
    public async Task Its_length_is_fixed_when_it_is_opened()
    {
        File.WriteAllText(Item.File!, "one");
        await using var file = await new TaskCatalog([Item]).OpenAsync(Item);

        File.AppendAllText(Item.File!, " more");
        file!.Length.Should().Be(3);
        File.WriteAllText(Item.File!, "");

        await file.Invoking(cut => cut.ReadAsync(0, new byte[3], CancellationToken.None).AsTask()).Should().ThrowAsync<TaskFileException>();
    }

    [TestCase("fifo")]
    [TestCase("folder")]
    [TestCase("socket")]
    public async Task A_task_file_that_is_not_a_regular_file_is_not_found_and_not_waited_for(string kind)
    {
        using var listening = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
        if (kind == "fifo")
            Command.Run("/", "mkfifo", Item.File!).ExitCode.Should().Be(0);
        else if (kind == "folder")
            Directory.CreateDirectory(Item.File!);
        else
            listening.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Item.File!));

        (await new TaskCatalog([Item]).OpenAsync(Item).WaitAsync(TimeSpan.FromSeconds(5))).Should().BeNull();
        TaskCatalog.Validate(Item).Should().Contain(Item.File!);
    }

    [Test]
    public async Task A_link_is_followed()
    {
        File.WriteAllText(_folder["target"], "one");
        File.CreateSymbolicLink(Item.File!, _folder["target"]);

        await using var file = await new TaskCatalog([Item]).OpenAsync(Item);

        file!.Name.Should().Be("file");
        TaskCatalog.Validate(Item).Should().BeNull();
    }

    [Test]
    public async Task A_link_that_leads_to_itself_is_a_failure()
    {
        File.CreateSymbolicLink(Item.File!, Item.File!);

        await this.Invoking(_ => new TaskCatalog([Item]).OpenAsync(Item)).Should().ThrowAsync<TaskFileException>();
        TaskCatalog.Validate(Item).Should().Contain(Item.File!);
    }

    [Test]
    public void A_task_without_a_file_is_valid() => TaskCatalog.Validate(new TaskItem(1, "a")).Should().BeNull();

    private static async Task<string> TextAsync(TaskFile file)
    {
        var buffer = new byte[100];
        return System.Text.Encoding.UTF8.GetString(buffer, 0, await file.ReadAsync(0, buffer, CancellationToken.None));
    }
}
