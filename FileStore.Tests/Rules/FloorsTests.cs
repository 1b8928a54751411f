using System.Text.RegularExpressions;
using FluentAssertions;

namespace FileStore.Tests.Rules;

/// <summary>A file uses floors below its own, and rooms of one floor do not use each other. A room is a folder.</summary>
[TestFixture]
public sealed partial class FloorsTests
{
    private static Dictionary<string, int> Floors { get; } = new()
    {
        ["Core.Primitives"] = 0,
        ["Core.Blobs"] = 1,
        ["Core.Processes"] = 1,
        ["Core.Exports"] = 2,
        ["Core.Jobs"] = 2,
        ["Core.Tasks"] = 2,
        ["Core.Relay"] = 2,
        ["Daemon.Http"] = 3,
        ["Daemon.Endpoints"] = 4,
        ["Daemon.Hosting"] = 5,
        ["Daemon.Cli"] = 6,
        ["Daemon"] = 7, // Program.cs
    };

    [Test]
    public void Every_file_keeps_to_the_floors() => SourceFile.All().SelectMany(Violations).Should().BeEmpty();

    [Test]
    public void Core_knows_no_http_no_console_and_no_environment_variables() =>
        SourceFile.All().Where(file => file.Path.StartsWith("FileStore.Core/", StringComparison.Ordinal)).SelectMany(Outside).Should().BeEmpty();

    [Test]
    public void The_sources_were_found() => SourceFile.All().Select(file => RoomOf(file.Path)).Distinct()
        .Should().Contain(["Core.Primitives", "Core.Blobs", "Daemon.Http", "Daemon.Endpoints", "Daemon.Hosting", "Daemon.Cli", "Daemon"]);

    [TestCase("Core/Primitives", "using FileStore.Core.Blobs;")]
    [TestCase("Core/Primitives", "var x = Blobs.Shard.Of();")]
    [TestCase("Core/Blobs", "using FileStore.Daemon.Http;")]
    [TestCase("Core/Jobs", "using FileStore.Core.Relay;", Description = "another room of the same floor")]
    [TestCase("Core/Jobs", "private Relay.Upstream _upstream;")]
    [TestCase("Daemon/Http", "using static FileStore.Daemon.Hosting.Log;")]
    [TestCase("Daemon/Http", "using Short = FileStore.Daemon.Hosting.Log;")]
    [TestCase("Daemon/Http", "global::FileStore.Daemon.Cli.Flags x;")]
    [TestCase("Daemon/Http", "Daemon.Endpoints.Routes.Table();")]
    [TestCase("Daemon/Http", "new Endpoints.Routes();")]
    [TestCase("Daemon/Attic", "", Description = "a room that is on no floor")]
    public void A_violation_would_be_seen(string room, string code) =>
        Violations(SourceFile.Of($"FileStore.{room}/File.cs", code)).Should().ContainSingle();

    [TestCase("Core/Blobs", "using FileStore.Core.Primitives;\nnamespace FileStore.Core.Blobs;")]
    [TestCase("Daemon/Http", "using Microsoft.AspNetCore.Http;\nusing FileStore.Core.Blobs;\nCore.Primitives.Digest x;")]
    [TestCase("Daemon/Http", "/// <see cref=\"FileStore.Daemon.Hosting.Log\"/>\nvar x = \"FileStore.Daemon.Cli\"; // Hosting.Log")]
    [TestCase("Daemon/Cli", "using FileStore.Daemon.Hosting;\nusing FileStore.Core.Primitives;")]
    public void What_is_allowed_would_not_be_held_against_a_file(string room, string code) =>
        Violations(SourceFile.Of($"FileStore.{room}/File.cs", code)).Should().BeEmpty();

    [TestCase("using System.Net;")]
    [TestCase("using Microsoft.AspNetCore.Http;")]
    [TestCase("new HttpClient();")]
    [TestCase("Console.WriteLine();")]
    [TestCase("System.Console.Error.WriteLine();")]
    [TestCase("Environment.GetEnvironmentVariable(name);")]
    [TestCase("Environment.ExpandEnvironmentVariables(name);")]
    public void What_is_outside_of_Core_would_be_seen(string code) =>
        Outside(SourceFile.Of("FileStore.Core/Blobs/File.cs", code)).Should().ContainSingle();

    [TestCase("Environment.ProcessId")]
    [TestCase("// Console.WriteLine, which HttpListener would")]
    [TestCase("log.Warning(\"Console.\");")]
    public void What_Core_may_use_would_not_be_held_against_it(string code) =>
        Outside(SourceFile.Of("FileStore.Core/Blobs/File.cs", code)).Should().BeEmpty();

    private static IEnumerable<string> Violations(SourceFile file)
    {
        var room = RoomOf(file.Path);
        if (!Floors.TryGetValue(room, out var floor))
            return [$"{file.Path}: the room {room} is on no floor; give it one in this test"];
        return from used in RoomsIn(file.Code, room.Split('.')[0])
               where used != room && (!Floors.TryGetValue(used, out var below) || below >= floor)
               select $"{file.Path} ({room}, floor {floor}) uses {used}";
    }

    private static string RoomOf(string path)
    {
        var parts = path["FileStore.".Length..].Split('/');
        return parts.Length > 2 ? $"{parts[0]}.{parts[1]}" : parts[0];
    }

    /// <summary>The rooms named, whole or, as C# allows within a project, by their last part.</summary>
    private static IEnumerable<string> RoomsIn(string code, string project)
    {
        var whole = WholeName().Matches(code).Select(match => $"{match.Groups[1].Value}.{match.Groups[2].Value}");
        var lastParts = from match in FirstPart().Matches(code)
                        let room = $"{project}.{match.Groups[1].Value}"
                        where Floors.ContainsKey(room)
                        select room;
        return whole.Concat(lastParts).Distinct();
    }

    private static IEnumerable<string> Outside(SourceFile file) =>
        from match in NotForCore().Matches(file.Code) select $"{file.Path} uses {match.Value}";

    [GeneratedRegex(@"(?<![\w.])(?:global::)?(?:FileStore\.)?(Core|Daemon)\.([A-Z]\w*)")]
    private static partial Regex WholeName();

    [GeneratedRegex(@"(?<![\w.])([A-Z]\w*)\.[A-Z]")]
    private static partial Regex FirstPart();

    [GeneratedRegex(@"\bSystem\.Net\b|\bMicrosoft\.AspNetCore\b|\bHttp[A-Z]\w*|\bConsole\.|\bEnvironment\.\w*EnvironmentVariable\w*")]
    private static partial Regex NotForCore();
}
