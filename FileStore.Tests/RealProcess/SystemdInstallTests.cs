using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Installing for real, on a copy of the system that is thrown away.</summary>
[NeedsRoot]
public sealed class SystemdInstallTests : SystemdSetupFixture
{
    [Test]
    public void An_install_makes_user_folders_program_and_unit()
    {
        var result = OnACopyOfTheSystem("""
            ./setup_systemd.sh --yes --service_name fs-test --port 9001
            stat -c '%n %U %A' /var/lib/fs-test /var/lib/fs-test/store /opt/fs-test /opt/fs-test/filestore.dll
            getent passwd fs-test
            diff <(./setup_systemd.sh --dry-run --service_name fs-test --port 9001) /etc/systemd/system/fs-test.service && echo same unit
            cat /systemctl.log
            ls -A /opt | grep '^\.'
            """);

        result.Output.Should().ContainAll(
            "run by the new user fs-test",
            "/var/lib/fs-test fs-test drwxr-x---\n",
            "/var/lib/fs-test/store fs-test drwxr-x---\n",
            "/opt/fs-test root drwxr-xr-x\n",
            "/opt/fs-test/filestore.dll root -rw-r--r--\n",
            ":/var/lib/fs-test:/usr/sbin/nologin\n",
            "same unit\n");
        result.Output.Should().EndWith(
            "daemon-reload\nenable fs-test.service\nstart fs-test.service\n--no-pager --lines=0 status fs-test.service\n");
    }

    [Test]
    public void It_does_what_it_announced()
    {
        var result = OnACopyOfTheSystem("""
            ./setup_systemd.sh --yes --service_name fs-test >/announced
            grep -E '^  systemctl ' /announced | cut -d' ' -f4- | diff - <(grep -v status /systemctl.log) && echo same commands
            grep -E '^  (useradd|install) ' /announced
            """);

        result.Output.Should().StartWith("same commands\n  useradd --system ");
        result.Output.Should().Contain("/etc/systemd/system/fs-test.service\n");
    }

    [Test]
    public void A_second_install_replaces_program_and_options_and_keeps_the_data()
    {
        var result = OnACopyOfTheSystem("""
            ./setup_systemd.sh --yes --service_name fs-test --port 9001 >/dev/null
            echo precious >/var/lib/fs-test/store/blob
            touch /opt/fs-test/left-over
            : >/systemctl.log
            ./setup_systemd.sh --yes --service_name fs-test --port 9002 >/dev/null
            grep ExecStart /etc/systemd/system/fs-test.service
            cat /var/lib/fs-test/store/blob
            ls -A /opt/fs-test
            cat /systemctl.log
            """);

        result.Output.Should().Be(
            "ExecStart=/opt/fs-test/filestore run --home=/var/lib/fs-test --port=9002\n" +
            "precious\n" +
            "filestore\nfilestore.dll\n" +
            "stop fs-test.service\ndaemon-reload\nenable fs-test.service\nstart fs-test.service\n" +
            "--no-pager --lines=0 status fs-test.service\n");
    }

    [Test]
    public void Faults_in_the_options_stop_it_before_it_changes_anything()
    {
        var result = OnACopyOfTheSystem("""
            ./setup_systemd.sh --yes --service_name fs-test --hash crc
            echo "status $?"
            ls -d /opt/fs-test /var/lib/fs-test /etc/systemd/system/fs-test.service
            id fs-test
            cat /systemctl.log
            """);

        result.Output.Should().Be("status 2\n");
        result.Errors.Should().Contain("hash: not crc\n").And.Contain("nothing was changed");
    }

    [TestCase("--prefix /opt/other", "/opt/other exists and is not FileStore")]
    [TestCase("--service_name other", "/etc/systemd/system/other.service is another program's")]
    [TestCase("--store /srv/other", "/srv/other exists and is not a folder that fs-test may write to")]
    [TestCase("--user other", "there is no user other but a group of that name")]
    public void An_install_over_files_or_groups_of_others_is_refused(string options, string reason)
    {
        var name = options.StartsWith("--service_name", StringComparison.Ordinal) ? "" : "--service_name fs-test ";

        var result = OnACopyOfTheSystem($"""
            mkdir -p /opt/other /srv/other
            echo '[Service]' >/etc/systemd/system/other.service
            groupadd other
            ./setup_systemd.sh --yes {name}{options}
            echo "status $?"
            cat /systemctl.log
            """);

        result.Output.Should().Be("status 1\n");
        result.Errors.Should().Contain(reason);
    }

    [TestCase("n", "status 1\n", "nothing was changed")]
    [TestCase("", "status 1\n", "nothing was changed")]
    [TestCase("y", "status 0\n/etc/systemd/system/fs-test.service\n", "Next:")]
    public void At_a_terminal_it_asks_first(string answer, string outcome, string said)
    {
        var result = OnACopyOfTheSystem($"""
            echo "{answer}" | script --quiet --return --command './setup_systemd.sh --service_name fs-test' /dialogue >/dev/null
            echo "status $?"
            ls /etc/systemd/system/fs-test.service
            cat /dialogue >&2
            """);

        result.Output.Should().Be(outcome);
        result.Errors.Should().Contain("Proceed? [y/N]").And.Contain(said);
    }

    [Test]
    public void A_service_that_does_not_start_is_a_failure()
    {
        var result = OnACopyOfTheSystem("""
            touch /fail-start
            ./setup_systemd.sh --yes --service_name fs-test >/dev/null
            echo "status $?"
            """);

        result.Output.Should().Be("status 1\n");
        result.Errors.Should().Contain("did not start");
    }

    [Test]
    public void The_owner_of_the_checkout_builds_it()
    {
        var result = OnACopyOfTheSystem("""
            chown -R nobody /src
            ./setup_systemd.sh --yes --service_name fs-test >/dev/null
            cat /src/builder
            stat -c %U /opt/fs-test/filestore
            """);

        result.Output.Should().Be("nobody\nroot\n");
    }

    [Test]
    public void An_uninstall_removes_service_and_program_and_keeps_user_and_data()
    {
        var result = OnACopyOfTheSystem("""
            ./setup_systemd.sh --yes --service_name fs-test --prefix /usr/local/lib/fs-test >/dev/null
            echo precious >/var/lib/fs-test/store/blob
            : >/systemctl.log
            ./setup_systemd.sh --yes --uninstall --service_name fs-test >/dev/null
            ls -d /usr/local/lib/fs-test /etc/systemd/system/fs-test.service
            cat /var/lib/fs-test/store/blob /systemctl.log
            id -un fs-test
            """);

        result.Output.Should().Be("precious\ndisable --now fs-test.service\ndaemon-reload\nfs-test\n");
    }
}
