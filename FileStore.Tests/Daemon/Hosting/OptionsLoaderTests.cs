using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Core.Tasks;
using FileStore.Daemon.Features.Exports;
using FileStore.Daemon.Features.Jobs;
using FileStore.Daemon.Features.Relay;
using FileStore.Daemon.Features.Tasks;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Options;
using FileStore.Tests.Support;
using FluentAssertions;
using Serilog.Events;

namespace FileStore.Tests.Daemon.Hosting;

[TestFixture]
public sealed partial class OptionsLoaderTests : OptionsFixture
{
    [SetUp]
    public void WriteFilesOfTasks()
    {
        foreach (var name in (string[])["1.json", "2.json", "3.json"])
            File.WriteAllText(Folder[name], "{}");
    }

    [Test]
    public void With_nothing_given_the_documented_defaults_hold()
    {
        var options = Load();

        options.Should().BeEquivalentTo(new DaemonOptions
        {
            Home = Folder.Path,
            Host = "0.0.0.0",
            Port = 9000,
            LogLevel = LogEventLevel.Information,
            Listen = 512,
            Buffer = 131_072,
            Store = Folder["store"],
            Hash = HashKind.Sha256,
            Durable = true,
            MaxUpload = 0,
            Cache = 64_000_000,
            PidFile = Folder["filestore.pid"],
            LogFile = Folder["log/server.log"],
        });
        JobSettings.Of(options).Should().BeEquivalentTo(new JobSettings(new JobOptions
        {
            Folder = Folder["jobs"],
            WorkingDirectory = Folder.Path,
            MaxConcurrent = 4,
            Timeout = TimeSpan.FromHours(1),
            MaxOutput = 10_000_000,
            Shell = "/bin/sh",
        })
        {
            IsEnabled = false,
        });
        TaskSettings.Of(options).Should().BeEquivalentTo(new TaskSettings(new TaskOptions
        {
            Folder = Folder["tasks"],
            Items = [new TaskItem(1, "vuln scan"), new TaskItem(2, "disinfect")],
            Rules = new ReportRules(),
        })
        {
            BasePath = "/xyz/api/cleaner",
        });
        ExportSettings.Of(options).Should().BeEquivalentTo(new ExportSettings());
        RelaySettings.Of(options).Should().BeEquivalentTo(new RelaySettings());
    }

    [TestCaseSource(nameof(Spellings))]
    public void The_command_line_goes_before_the_environment_and_that_before_the_file(string name, string[] texts, string[] expected)
    {
        var setting = OptionsLoader.Definitions.Single(s => s.Name == name);
        string Loaded() => Show(Load(), name);
        var byDefault = Loaded();

        File.WriteAllText(Config, JsonOf(setting, texts[0]));
        Loaded().Should().Be(expected[0].Replace("~", Folder.Path, StringComparison.Ordinal)).And.NotBe(byDefault);
        Variables[setting.EnvironmentName] = texts[1];
        Loaded().Should().Be(expected[1].Replace("~", Folder.Path, StringComparison.Ordinal));
        Flags[name] = texts[2];
        Loaded().Should().Be(expected[2].Replace("~", Folder.Path, StringComparison.Ordinal));
    }

    [Test]
    public void The_table_above_has_every_setting() =>
        Spellings().Select(row => (string)row[0]).Should().BeEquivalentTo(OptionsLoader.Definitions.Select(setting => setting.Name));

    [Test]
    public void Numbers_need_no_quotes_in_the_file_and_comments_and_trailing_commas_are_fine()
    {
        File.WriteAllText(Config, """
            // the daemon of the test
            {
              "port": 9100, /* free */
              "maxUpload": "2GiB",
              "buffer": 8192,
            }
            """);

        var options = Load();

        options.Port.Should().Be(9100);
        options.MaxUpload.Should().Be(2_147_483_648);
        options.Buffer.Should().Be(8192);
    }

    [Test]
    public void Relative_paths_start_at_home_and_home_where_the_user_is()
    {
        Flags["home"] = "sub/../h";
        Flags["store"] = "../data";
        Flags["log-file"] = "/var/log/filestore.log";

        var options = Load();

        options.Home.Should().Be(Folder["h"]);
        options.Store.Should().Be(Folder["data"]);
        options.PidFile.Should().Be(Folder["h/filestore.pid"]);
        options.LogFile.Should().Be("/var/log/filestore.log");
    }

    [Test]
    public void The_flag_home_goes_before_the_environment_and_the_file_is_looked_for_there()
    {
        Directory.CreateDirectory(Folder["one"]);
        Directory.CreateDirectory(Folder["two"]);
        File.WriteAllText(Folder["one/filestore.json"], "{\"port\":1111}");
        File.WriteAllText(Folder["two/filestore.json"], "{\"port\":2222}");
        File.WriteAllText(Folder["one/other.json"], "{\"port\":3333}");

        Variables["FILESTORE_HOME"] = "one";
        Load().Port.Should().Be(1111);
        Variables["FILESTORE_CONFIG"] = "other.json";
        Load().Port.Should().Be(3333);
        Variables.Remove("FILESTORE_CONFIG");
        Flags["home"] = "two";
        Load().Port.Should().Be(2222);
        Flags["config"] = Folder["one/other.json"];
        Load().Port.Should().Be(3333);
    }

    [Test]
    public void Environment_variables_that_set_nothing_are_warned_of_by_name()
    {
        Variables["FILESTORE_PROT"] = "9100";
        Variables["FILESTORE_HOME"] = ".";
        Variables["FILESTORE_PORT"] = "9100";
        Variables["PATH"] = "/bin";

        Load().Warnings.Should().ContainSingle().Which.Should().Contain("FILESTORE_PROT");
    }

    [Test]
    public void Exports_and_callback_hosts_of_all_sources_add_up_and_of_one_name_the_stronger_stands()
    {
        File.WriteAllText(Config, """{ "exports": { "a": "from/file", "b": "/b, c=d" }, "callbackHosts": ["one.example", "[::1]"] }""");
        Variables["FILESTORE_EXPORT"] = "a=/from/environment, c=c";
        Variables["FILESTORE_CALLBACK_HOSTS"] = "10.0.0.1,two";
        Flags["export"] = $"c=/x,y{OptionDefinition.BetweenFlags}/srv/dir_1/{OptionDefinition.BetweenFlags}отчёты=o";

        var options = Load();

        ExportSettings.Of(options).Directories.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["a"] = "/from/environment",
            ["b"] = "/b, c=d",
            ["c"] = "/x,y",
            ["dir_1"] = "/srv/dir_1/",
            ["отчёты"] = Folder["o"],
        });
        ExportSettings.Of(options).CallbackHosts.Should().Equal("one.example", "::1", "10.0.0.1", "two");
    }

    [Test]
    public void Programs_inherit_little_of_the_environment()
    {
        Variables["PATH"] = "/bin";
        Variables["TZ"] = "Europe/Moscow";
        foreach (var name in (string[])["FILESTORE_PORT", "DOTNET_ROOT", "NOTIFY_SOCKET", "LISTEN_FDS", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD"])
            Variables[name] = "1";

        Load().ProgramEnvironment.Should().BeEquivalentTo(new Dictionary<string, string> { ["PATH"] = "/bin", ["TZ"] = "Europe/Moscow" });
    }

    private static string JsonOf(OptionDefinition setting, string text)
    {
        var value = setting.Kind switch
        {
            OptionKind.Switch or OptionKind.Json => text,
            OptionKind.List => $"[\"{text}\"]",
            OptionKind.Map => $"{{ \"{text.Split('=')[0]}\": \"{text.Split('=')[1]}\" }}",
            _ => $"\"{text}\"",
        };
        return setting.ConfigKey.Split('.').Reverse().Aggregate(value, (inner, key) => $"{{ \"{key}\": {inner} }}");
    }
}
