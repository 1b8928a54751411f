using FileStore.Daemon.Features.Tasks;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Options;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Features.Tasks;

/// <summary>The section of tasks, and the file that can hold it.</summary>
[TestFixture]
public sealed class TaskSettingsTests : OptionsFixture
{
    private string Tasks => Folder["tasks.json"];

    [Test]
    public void The_file_of_tasks_stands_above_the_configuration_and_below_the_environment()
    {
        File.WriteAllText(Config, """{ "tasks": { "file": "tasks.json", "basePath": "/of/config", "report": { "maxSize": 1, "contentTypes": ["a/b"] } } }""");
        File.WriteAllText(Tasks, """
            { // for the partners
              "basePath": "/of/file",
              "items": [ { "id": 5, "name": "five", "file": "sub/5.zip", }, ],
              "report": { "maxSize": "2KB", "contentTypes": ["c/d"], "requiredFields": ["host"] },
            }
            """);
        Variables["FILESTORE_TASKS_BASE_PATH"] = "/of/environment";

        var options = TaskSettings.Of(Load());

        options.BasePath.Should().Be("/of/environment");
        options.Tasks.Items.Should().ContainSingle().Which.File.Should().Be(Folder["sub/5.zip"]);
        options.Tasks.Rules.MaxSize.Should().Be(2000);
        options.Tasks.Rules.ContentTypes.Should().Equal("a/b", "c/d");
        options.Tasks.Rules.RequiredFields.Should().Equal("host");
    }

    [Test]
    public void The_flag_names_another_file_than_the_configuration_which_is_not_read_then()
    {
        File.WriteAllText(Config, """{ "tasks": { "file": "absent.json" } }""");
        File.WriteAllText(Tasks, """{ "basePath": "/a" }""");
        Flags["tasks"] = "tasks.json";

        TaskSettings.Of(Load()).BasePath.Should().Be("/a");
    }

    [TestCase("{ \"itms\": [] }", "\"itms\": unknown key; use basePath, items, report")]
    [TestCase("{ \"file\": \"other.json\" }", "\"file\": unknown key")]
    [TestCase("{ \"tasks\": { \"items\": [] } }", "\"tasks\": unknown key")]
    [TestCase("{ \"report\": { \"maxsize\": 1 } }", "\"report.maxsize\": unknown key; use maxSize, contentTypes, requiredFields")]
    [TestCase("{ \"report\": 1 }", "\"report\": should be an object")]
    [TestCase("{ \"report.maxSize\": 1 }", "\"report.maxSize\": unknown key")]
    [TestCase("{ \"items\": {} }", "\"items\": should be a list")]
    [TestCase("{ \"basePath\": \"x\" }", "\"basePath\": 'x' should be a path")]
    [TestCase("[]", "should hold one JSON object")]
    [TestCase("{", "is not JSON")]
    public void A_fault_in_the_file_is_told_with_its_place(string json, string told)
    {
        File.WriteAllText(Tasks, json);
        Flags["tasks"] = "tasks.json";

        Faults().Should().ContainSingle().Which.Should().StartWith(Tasks).And.Contain(told);
    }

    [TestCase("tasks", "")]
    [TestCase("tasks", "a\0b")]
    [TestCase("tasks-base-path", "")]
    [TestCase("tasks-base-path", "a")]
    [TestCase("tasks-base-path", "//")]
    [TestCase("tasks-base-path", "/a/")]
    [TestCase("tasks-base-path", "/a//b")]
    [TestCase("tasks-base-path", "/a/../b")]
    [TestCase("tasks-base-path", "/a?b")]
    [TestCase("tasks-base-path", "/a#b")]
    [TestCase("tasks-base-path", "/{id}")]
    [TestCase("tasks-base-path", "/%41")]
    [TestCase("tasks-base-path", "/a\tb")]
    [TestCase("tasks-report-max-size", "-1")]
    [TestCase("tasks-report-content-types", "")]
    [TestCase("tasks-report-content-types", "pdf")]
    [TestCase("tasks-report-content-types", "text/plain; charset=utf-8")]
    [TestCase("tasks-report-content-types", "text/")]
    [TestCase("tasks-report-required-fields", "")]
    [TestCase("tasks-report-required-fields", "a\tb")]
    public void A_value_that_cannot_be_used_is_shown_with_what_would_be_right(string name, string value) => Faults((name, value))
        .Should().ContainSingle().Which.Should().StartWith($"--{name}: '{value}' should be ");

    [Test]
    public void A_file_that_is_not_there_is_a_fault() => Faults(("tasks", "absent.json"))
        .Should().ContainSingle().Which.Should().StartWith(Folder["absent.json"]).And.Contain("no such file");

    [TestCase("", "is not JSON")]
    [TestCase("[", "is not JSON")]
    [TestCase("{}", "one task at least")]
    [TestCase("[]", "one task at least")]
    [TestCase("[1]", "task 1 of the list should be an object")]
    [TestCase("[{\"id\":1,\"name\":\"a\"},{\"id\":1,\"name\":\"b\"}]", "the id 1 is given twice")]
    [TestCase("[{\"id\":1,\"name\":\"a\"},{\"name\":\"b\"}]", "task 2 of the list: \"id\" is missing")]
    [TestCase("[{\"id\":1}]", "task 1 of the list: \"name\" is missing")]
    [TestCase("[{\"id\":0,\"name\":\"a\"}]", "\"id\" should be a whole number, 1 or more")]
    [TestCase("[{\"id\":-1,\"name\":\"a\"}]", "\"id\" should be")]
    [TestCase("[{\"id\":1.5,\"name\":\"a\"}]", "\"id\" should be")]
    [TestCase("[{\"id\":99999999999999999999,\"name\":\"a\"}]", "\"id\" should be")]
    [TestCase("[{\"id\":\"1\",\"name\":\"a\"}]", "\"id\" should be")]
    [TestCase("[{\"id\":1,\"name\":\" \"}]", "\"name\" should be")]
    [TestCase("[{\"id\":1,\"name\":\"a\\u0000\"}]", "\"name\" should be")]
    [TestCase("[{\"id\":1,\"name\":2}]", "\"name\" should be")]
    [TestCase("[{\"id\":1,\"name\":\"a\",\"file\":\"\"}]", "\"file\" should be a path")]
    [TestCase("[{\"id\":1,\"name\":\"a\",\"file\":null}]", "\"file\" should be a path")]
    [TestCase("[{\"id\":1,\"id\":1,\"name\":\"a\"}]", "\"id\" is given twice")]
    [TestCase("[{\"id\":1,\"name\":\"a\",\"path\":\"x\"}]", "unknown key \"path\"; use id, name or file")]
    [TestCase("[{\"id\":1,\"name\":\"\\ud800\"}]", "is not JSON")]
    public void Tasks_that_cannot_be_are_told_with_what_would_be_right(string items, string told) => Faults(("tasks-items", items))
        .Should().ContainSingle().Which.Should().StartWith("--tasks-items: ").And.Contain(told).And.Contain("[{ \"id\": 1, ");

    [Test]
    public void All_that_is_wrong_with_tasks_is_told_at_once()
    {
        var fault = Faults(("tasks-items", """[{"id":0,"nme":"a"},{"id":2,"name":"b"},{"id":2,"name":"c"}]""")).Should().ContainSingle().Which;

        foreach (var told in (string[])["\"id\" should be", "no key \"nme\"", "\"name\" is missing", "the id 2 is given twice"])
            fault.Should().Contain(told);
    }

    [Test]
    public void A_check_finds_every_file_that_is_not_there()
    {
        Directory.CreateDirectory(Folder["folder"]);
        Command.Run(Folder.Path, "mkfifo", "fifo").ExitCode.Should().Be(0);
        File.WriteAllText(Folder["file"], "");
        Flags["tasks-items"] = """
            [{"id":1,"name":"a","file":"absent"},{"id":2,"name":"b"},{"id":3,"name":"c","file":"folder"},{"id":4,"name":"d","file":"file"},{"id":5,"name":"e","file":"fifo"}]
            """;

        this.Invoking(_ => StartupValidator.RequireValid(Load())).Should().Throw<OptionsException>().Which.Faults.Should().Equal(
            $"tasks.items: the file of the task 1 cannot be used: there is no file '{Folder["absent"]}'",
            $"tasks.items: the file of the task 3 cannot be used: there is no file '{Folder["folder"]}'",
            $"tasks.items: the file of the task 5 cannot be used: there is no file '{Folder["fifo"]}'");
        Directory.Exists(Folder["tasks"]).Should().BeFalse("a check changes nothing");
    }
}
