using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What <c>setup_systemd.sh</c> refuses before it does anything.</summary>
public sealed class SystemdRefusalTests : SystemdSetupFixture
{
    [TestCase("--frobnicate", "unknown option: --frobnicate")]
    [TestCase("--ports=80", "unknown option: --ports")]
    [TestCase("files", "unexpected argument: files")]
    [TestCase("--port", "--port needs a value")]
    [TestCase("--port --yes", "--port needs a value")]
    [TestCase("--store=", "--store needs a value")]
    [TestCase("--port 80 --port 81", "--port is given twice")]
    [TestCase("--port 80 -p 81", "--port is given twice")]
    [TestCase("--service_name=a --service-name=b", "--service_name is given twice")]
    [TestCase("--yes=no", "--yes takes no value")]
    [TestCase("--dry-run=1", "--dry-run takes no value")]
    [TestCase("--jobs=true", "--jobs takes no value")]
    [TestCase("--upstream-insecure=", "--upstream-insecure takes no value")]
    [TestCase("-x", "unknown option: -x")]
    [TestCase("--", "unknown option: --")]
    public void Wrong_use_gets_one_line_and_status_2(string arguments, string fault)
    {
        var result = Setup(arguments.Split(' '));

        result.Status.Should().Be(2);
        result.Output.Should().BeEmpty();
        result.Errors.Should().Be($"setup_systemd.sh: {fault}\n");
    }

    [TestCase("--service_name", "../etc")]
    [TestCase("--service_name", "two words")]
    [TestCase("--service_name", "filestore@1")]
    [TestCase("--service_name", ".service")]
    [TestCase("--service_name", "filestore.service.service")]
    [TestCase("--service_name", "filestore.socket")]
    [TestCase("--service_name", "filestore.timer.service")]
    [TestCase("--service_name", "filestore.target")]
    [TestCase("--user", "root")]
    [TestCase("--user", "1000")]
    [TestCase("--prefix", "opt/filestore")]
    [TestCase("--store", "a\nExecStartPre=/bin/sh")]
    [TestCase("--store", "a\u001bb")]
    [TestCase("--home", "/")]
    [TestCase("--home", "/opt/filestore/home")]
    [TestCase("--home", "/srv/home ")]
    [TestCase("--home", "/srv/a:b")]
    [TestCase("--store", "/tmp/store")]
    [TestCase("--store", "/run/store")]
    [TestCase("--pid-file", "/run/filestore.pid")]
    [TestCase("--tasks", "/tmp/tasks.json")]
    [TestCase("--tls", "/etc/cert.pem,/tmp/key.pem")]
    public void A_value_that_cannot_work_is_refused(string option, string value)
    {
        var result = Setup("--dry-run", option, value);

        result.Status.Should().Be(2);
        result.Output.Should().BeEmpty();
        result.Errors.Should().StartWith($"setup_systemd.sh: {option}:");
    }

    [TestCase]
    [TestCase("--uninstall")]
    public void Without_a_terminal_it_wants_a_yes(params string[] options)
    {
        var result = Setup(options);

        result.Status.Should().Be(1);
        result.Errors.Should().Contain("no terminal").And.Contain("--yes");
    }

    [TestCase]
    [TestCase("--uninstall")]
    public void Without_root_it_refuses(params string[] options)
    {
        CopySetupTo(Scratch);
        string[] command = ["bash", Path.Combine(Scratch, "setup_systemd.sh"), "--yes", .. options];

        var result = Environment.IsPrivilegedProcess
            ? Run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", .. command])
            : Run(command[0], command[1..]);

        result.Status.Should().Be(1);
        result.Errors.Should().Contain("takes root").And.Contain("--dry-run");
    }

    [Test]
    public void Help_names_every_option()
    {
        var result = Setup("--help");

        result.Status.Should().Be(0);
        result.Errors.Should().BeEmpty();
        result.Output.Should().ContainAll("--service_name", "--user", "--prefix", "--yes", "--dry-run", "--uninstall",
            "--home", "--config", "--store", "--host", "--port", "--listen", "--buffer", "--max-upload", "--cache",
            "--hash", "--durability", "--log ", "--log-file", "--pid-file");
    }
}
