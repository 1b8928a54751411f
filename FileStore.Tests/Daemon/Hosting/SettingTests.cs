using FileStore.Daemon.Hosting;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Hosting;

[TestFixture]
public sealed class SettingTests
{
    [TestCase("port", "FILESTORE_PORT", "port")]
    [TestCase("max-upload", "FILESTORE_MAX_UPLOAD", "maxUpload")]
    [TestCase("pid-file", "FILESTORE_PID_FILE", "pidFile")]
    public void A_setting_has_one_name_in_three_spellings(string name, string environmentName, string configKey)
    {
        var setting = Setting.All.Single(s => s.Name == name);

        setting.EnvironmentName.Should().Be(environmentName);
        setting.ConfigKey.Should().Be(configKey);
    }

    [Test]
    public void No_two_settings_have_a_spelling_in_common()
    {
        Setting.All.Should().OnlyHaveUniqueItems(setting => setting.Name);
        Setting.All.Should().OnlyHaveUniqueItems(setting => setting.EnvironmentName);
        Setting.All.Should().OnlyHaveUniqueItems(setting => setting.ConfigKey);
    }
}
