using System.Text.Json;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>A fixture whose daemon exports <c>dir_1</c>, a directory in its home.</summary>
public abstract class ExportFixture(string engine, params string[] options) : DaemonFixture(engine, ["--export", "dir_1=dir_1", .. options])
{
    /// <summary>The exported directory.</summary>
    private protected string Export { get; private set; }

    /// <summary>A place in the daemon's home that is not exported.</summary>
    private protected string Outside(string name) => Path.Join(Path.GetDirectoryName(Export), name);

    private protected string this[string name] => Path.Join(Export, name);

    protected override void Prepare(string home)
    {
        Export = Path.Join(home, "dir_1");
        Directory.CreateDirectory(Export);
    }

    /// <summary>Every test begins with an empty directory.</summary>
    [SetUp]
    public void EmptyTheExport() => Command.Run("/", "sh", "-c", "rm -rf \"$1\" && mkdir \"$1\"", "sh", Export).ExitCode.Should().Be(0);

    private protected void Write(string name, string content = "") => File.WriteAllText(this[name], content);

    private protected byte[] WriteRandom(string name, int length)
    {
        var content = Bytes.Random(length);
        File.WriteAllBytes(this[name], content);
        return content;
    }

    /// <summary>A file of zeros that takes no room.</summary>
    private protected void WriteSparse(string name, long length)
    {
        using var file = File.Create(this[name]);
        file.SetLength(length);
    }

    /// <summary>Everything that lies there, hidden or not, in order.</summary>
    private protected string[] Names() =>
        [.. Directory.EnumerateFileSystemEntries(Export).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>The names in a listing.</summary>
    private protected async Task<string[]> ListAsync(string query = "")
    {
        using var answer = await Client.GetAsync($"/list?dir=dir_1{query}");
        answer.Status().Should().Be(200, await answer.TextAsync());
        using var list = JsonDocument.Parse(await answer.TextAsync());
        return [.. list.RootElement.EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];
    }

    /// <summary>The path of a file for <c>/get</c>, <c>/tar</c> or <c>/delete</c>.</summary>
    private protected static string PathOf(string verb, string name) => $"/{verb}?dir=dir_1&name={Uri.EscapeDataString(name)}";

    /// <summary>The path that archives a file and calls back there.</summary>
    private protected static string Tar(string name, int port, string host = "127.0.0.1") => $"{PathOf("tar", name)}&host={host}&port={port}&path=/ping?id=A1";
}
