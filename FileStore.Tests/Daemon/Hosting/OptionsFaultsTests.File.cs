using System.Text;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Hosting;

/// <summary>What is said of a configuration file that cannot be used.</summary>
public sealed partial class OptionsFaultsTests
{
    [TestCase("{ \"port\": }", "in line 1: ")]
    [TestCase("{\n  \"port\": 9000\n  \"log\": \"INFO\"\n}", "in line 3: ")]
    [TestCase("", "not JSON")]
    [TestCase("{", "not JSON")]
    [TestCase("{} {}", "not JSON")]
    [TestCase("[]", "one JSON object")]
    [TestCase("\"port\"", "one JSON object")]
    [TestCase("{ \"port\": 1, \"port\": 2 }", "\"port\": is given twice")]
    [TestCase("{ \"port\": null }", "\"port\"")]
    [TestCase("{ \"port\": [9000] }", "\"port\"")]
    [TestCase("{ \"exports\": [\"/srv\"] }", "\"exports\": should be an object of texts")]
    [TestCase("{ \"exports\": { \"a\": 1 } }", "\"exports\": should be an object of texts")]
    [TestCase("{ \"exports\": { \"a\": \"/x\", \"a\": \"/y\" } }", "\"exports\": the name 'a' is given twice")]
    [TestCase("{ \"exports\": { \".a\": \"/x\" } }", "\"exports\": '.a=/x' should be ")]
    [TestCase("{ \"exports\": { \"a=b\": \"/x\" } }", "\"exports\": should be an object of texts, without = in its names")]
    [TestCase("{ \"callbackHosts\": \"a\" }", "\"callbackHosts\": should be a list of texts")]
    [TestCase("{ \"callbackHosts\": [1] }", "\"callbackHosts\": should be a list of texts")]
    [TestCase("{ \"jobs\": true }", "\"jobs\": should be an object")]
    [TestCase("{ \"jobs\": { \"enabled\": \"true\" } }", "\"jobs.enabled\": should be true or false")]
    [TestCase("{ \"jobs\": { \"enabld\": true } }", "\"jobs.enabld\": unknown key; use enabled, maxConcurrent, ")]
    [TestCase("{ \"jobs\": { \"shell\": \"/bin/sh\", \"shell\": \"/bin/sh\" } }", "\"jobs.shell\": is given twice")]
    [TestCase("{ \"jobs\": { \"maxConcurrent\": 0 } }", "\"jobs.maxConcurrent\": '0' should be ")]
    [TestCase("{ \"relay\": { \"rules\": { \"maxsize\": 1 } } }", "\"relay.rules.maxsize\": unknown key; use maxSize, ")]
    [TestCase("{ \"relay\": { \"rules\": [] } }", "\"relay.rules\": should be an object")]
    [TestCase("{ \"relay\": { \"rules\": { \"command\": \"a\" } } }", "\"relay.rules.command\": should be a list")]
    [TestCase("{ \"relay\": { \"rules.maxSize\": 1 } }", "\"relay.rules.maxSize\"")]
    [TestCase("{ \"jobs.enabled\": true }", "\"jobs.enabled\"")]
    [TestCase("{ \"Port\": 9000 }", "\"Port\": unknown key")]
    [TestCase("{ \"max-upload\": 1 }", "\"max-upload\": unknown key")]
    [TestCase("{ \"store\": \"\\ud800\" }", "filestore.json")]
    [TestCase("{ \"\\ud800\": 1 }", "filestore.json")]
    public void A_broken_file_is_named_with_the_place(string json, string told)
    {
        File.WriteAllText(Config, json);

        Faults().Should().Contain(fault => fault.StartsWith(Config) && fault.Contains(told));
    }

    [Test]
    public void A_file_that_is_not_utf_8_is_named()
    {
        File.WriteAllBytes(Config, [.. Encoding.ASCII.GetBytes("{ \"store\": \"caf"), 0xE9, .. Encoding.ASCII.GetBytes("\" }")]);

        Faults().Should().ContainSingle().Which.Should().StartWith(Config);
    }

    [Test]
    public void A_missing_file_is_a_fault_when_it_was_asked_for()
    {
        Flags["config"] = "absent.json";

        Faults().Should().ContainSingle().Which.Should().StartWith(Folder["absent.json"]).And.Contain("no such file");
    }

    [Test]
    public void A_folder_as_the_configuration_file_is_a_fault()
    {
        Flags["config"] = ".";

        Faults().Should().ContainSingle().Which.Should().Contain("is a directory");
    }
}
