using CommandLine;
using FileStore.Daemon.Cli;
using FileStore.Daemon.Hosting;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Options;

[TestFixture]
public sealed class OptionDefinitionTests
{
    [TestCase("port", "FILESTORE_PORT", "port")]
    [TestCase("max-upload", "FILESTORE_MAX_UPLOAD", "maxUpload")]
    [TestCase("pid-file", "FILESTORE_PID_FILE", "pidFile")]
    [TestCase("export", "FILESTORE_EXPORT", "exports")]
    [TestCase("jobs", "FILESTORE_JOBS", "jobs.enabled")]
    [TestCase("jobs-max-concurrent", "FILESTORE_JOBS_MAX_CONCURRENT", "jobs.maxConcurrent")]
    public void A_setting_has_one_name_in_three_spellings(string name, string environmentName, string configKey)
    {
        var setting = OptionsLoader.Definitions.Single(s => s.Name == name);

        setting.EnvironmentName.Should().Be(environmentName);
        setting.ConfigKey.Should().Be(configKey);
    }

    [Test]
    public void The_command_line_has_an_option_for_each_setting_that_is_one_of_its_and_for_no_other()
    {
        var flags = typeof(RunArguments).GetProperties()
            .SelectMany(property => property.GetCustomAttributes(typeof(OptionAttribute), inherit: true).Cast<OptionAttribute>())
            .Where(option => !option.Hidden).Select(option => option.LongName);

        flags.Should().BeEquivalentTo(OptionsLoader.Definitions.Where(setting => setting.IsFlag).Select(setting => setting.Name).Concat(["home", "config"]));
    }

    [Test]
    public void No_two_settings_have_a_spelling_in_common()
    {
        OptionsLoader.Definitions.Should().OnlyHaveUniqueItems(setting => setting.Name);
        OptionsLoader.Definitions.Should().OnlyHaveUniqueItems(setting => setting.EnvironmentName);
        OptionsLoader.Definitions.Should().OnlyHaveUniqueItems(setting => setting.ConfigKey);
    }
}
