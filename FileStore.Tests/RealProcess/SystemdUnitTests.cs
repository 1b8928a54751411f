using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>The unit that <c>setup_systemd.sh --dry-run</c> prints.</summary>
public sealed class SystemdUnitTests : SystemdSetupFixture
{
    [TestCase("")]
    [TestCase("--port 80 --host :: --user www --service_name files-2")]
    [TestCase("--tls /home/ann/cert.pem,/root/key.pem --tls-port 443 --engine kestrel")]
    [TestCase("--home /home/ann/files --store /data --config /root/filestore.json --pid-file /run/filestore/pid --log-file /srv/log/a.log")]
    public void Dry_run_prints_a_unit_that_systemd_accepts(string options)
    {
        var unit = DryRun([.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--prefix", StubProgram()]);

        SystemdComplaints(unit).Should().BeEmpty();
    }

    [Test]
    public void Systemd_accepts_a_unit_with_odd_paths()
    {
        var unit = DryRun("--prefix", StubProgram(), "--home", """/srv/my files%h $HOME "q" it's \s""",
            "--store", "/home/ann/a:b ${PATH} Хранилище", "--pid-file", "/run/my files/pid");

        SystemdComplaints(unit).Should().BeEmpty();
    }

    [Test]
    public void A_unit_that_systemd_would_not_accept_is_noticed()
    {
        var unit = DryRun("--prefix", StubProgram()).Replace("PrivateTmp=", "PrivateTemp=", StringComparison.Ordinal);

        SystemdComplaints(unit).Should().Contain("PrivateTemp");
    }

    [Test]
    public void The_unit_is_all_that_a_dry_run_prints()
    {
        var result = Setup("--dry-run");

        result.Status.Should().Be(0);
        result.Output.Should().StartWith("# FileStore, written by setup_systemd.sh").And.EndWith("WantedBy=multi-user.target\n");
        result.Output.Should().NotMatchRegex("@[A-Z_]+@", "every placeholder is filled in");
        result.Errors.Should().BeEmpty();
    }

    [Test]
    public void A_dry_run_needs_no_build()
    {
        CopySetupTo(Scratch);

        var result = Run("bash", [Path.Combine(Scratch, "setup_systemd.sh"), "--dry-run"]);

        result.Status.Should().Be(0);
        result.Output.Should().Be(DryRun());
        Directory.GetFileSystemEntries(Scratch).Should().HaveCount(2, "nothing was made");
    }

    [Test]
    public void Without_options_the_service_lives_in_var_lib_and_opt()
    {
        DryRun().Split('\n').Should().Contain([
            "Type=notify",
            "NotifyAccess=main",
            "User=filestore",
            "WorkingDirectory=/var/lib/filestore",
            "ExecStart=/opt/filestore/filestore run --home=/var/lib/filestore",
            "ReadWritePaths=/var/lib/filestore",
        ]);
    }

    [Test]
    public void The_service_name_names_user_folders_and_program()
    {
        DryRun("--service_name", "files").Split('\n').Should().Contain([
            "User=files",
            "SyslogIdentifier=files",
            "ExecStart=/opt/files/filestore run --home=/var/lib/files",
        ]);
    }

    [TestCase("--service_name", "files.service")]
    [TestCase("--service_name=files.service")]
    [TestCase("--service-name", "files")]
    public void The_unit_may_be_named_with_its_ending(params string[] name) =>
        DryRun(name).Should().Be(DryRun("--service_name", "files"));

    [Test]
    public void A_name_that_no_user_can_have_goes_with_another_user()
    {
        Setup("--dry-run", "--service_name", "Files.v2").Errors.Should().Contain("give one with --user");
        DryRun("--service_name", "Files.v2", "--user", "files").Split('\n').Should().Contain(["User=files", "SyslogIdentifier=Files.v2"]);
    }

    [Test]
    public void The_port_has_a_letter() => DryRun("-p", "80").Should().Be(DryRun("--port=80"));

    [Test]
    public void A_switch_that_is_repeated_is_passed_on_once() => DryRun("--jobs", "--jobs").Should().Be(DryRun("--jobs"));

    [Test]
    public void The_daemon_gets_every_option_of_its_own()
    {
        var execStart = ExecStart(DryRun(
            "--host", "127.0.0.1", "--port", "9001", "--log", "DEBUG", "--listen", "64", "--buffer", "65536",
            "--store", "/srv/store", "--hash", "md5", "--durability", "none", "--max-upload", "2GiB", "--cache", "0", "--tasks", "tasks.json",
            "--home", "/srv/home", "--config", "my.json", "--pid-file", "my.pid", "--log-file", "my.log"));

        execStart.Split(' ').Should().BeEquivalentTo(
            "/opt/filestore/filestore", "run",
            "--host=127.0.0.1", "--port=9001", "--log=DEBUG", "--listen=64", "--buffer=65536",
            "--store=/srv/store", "--hash=md5", "--durability=none", "--max-upload=2GiB", "--cache=0", "--tasks=tasks.json",
            "--home=/srv/home", "--config=my.json", "--pid-file=my.pid", "--log-file=my.log");
    }

    [Test]
    public void An_upstream_reaches_the_daemon() =>
        ExecStart(DryRun("--upstream-insecure", "--upstream", "https://127.0.0.1:8001/upload?a=b&c=$d")).Should()
            .EndWith("--home=/var/lib/filestore \"--upstream=https://127.0.0.1:8001/upload?a=b&c=$$d\" --upstream-insecure");

    [Test]
    public void Exports_and_jobs_reach_the_daemon_and_exported_directories_are_writable()
    {
        var unit = DryRun("--export", "logs=/var/log/app", "--jobs", "--export", "/srv/my dir", "--export=own=exports/own");

        ExecStart(unit).Should().EndWith("--home=/var/lib/filestore --export=logs=/var/log/app \"--export=/srv/my dir\" --export=own=exports/own --jobs");
        unit.Split('\n').Should().Contain("ReadWritePaths=/var/lib/filestore /var/log/app \"/srv/my dir\"");
    }

    [TestCase("/")]
    [TestCase("a=/tmp/x")]
    [TestCase("a=/proc")]
    public void A_directory_that_the_service_does_not_see_cannot_be_exported(string export) =>
        Setup("--dry-run", "--export", export).Should().Match<Result>(result => result.Status == 2 && result.Errors.Contains("--export"));

    [Test]
    public void A_value_follows_as_the_next_word_or_after_an_equals_sign()
    {
        DryRun("--port=9001", "--store=a=b").Should().Be(DryRun("--port", "9001", "--store", "a=b"));
    }

    // What systemd reads as its own: blanks, specifiers (%), variables ($), quotes, escapes, a lone semicolon.
    [TestCase("/srv/my store", "\"--store=/srv/my store\"")]
    [TestCase("/srv/100%", "--store=/srv/100%%")]
    [TestCase("/srv/$HOME", "\"--store=/srv/$$HOME\"")]
    [TestCase("/srv/${HOME}$$", "\"--store=/srv/$${HOME}$$$$\"")]
    [TestCase("/srv/it's", "\"--store=/srv/it's\"")]
    [TestCase("/srv/\"q\"", "\"--store=/srv/\\\"q\\\"\"")]
    [TestCase("/srv/a\\nb", "\"--store=/srv/a\\\\nb\"")]
    [TestCase("/srv/a ; b & c", "\"--store=/srv/a ; b & c\"")]
    [TestCase("/srv/@USER@", "\"--store=/srv/@USER@\"")]
    [TestCase("/srv/Хранилище", "\"--store=/srv/Хранилище\"")]
    public void A_value_reaches_the_daemon_as_it_was_given(string store, string word)
    {
        ExecStart(DryRun("--store", store)).Should().EndWith($" --home=/var/lib/filestore {word}");
    }

    [Test]
    public void A_relative_home_is_made_absolute_and_the_rest_is_left_to_the_daemon()
    {
        var result = Run("bash", [Script, "--dry-run", "--home", "data/../files", "--store", "blobs"], folder: "/usr");

        ExecStart(result.Output).Should().EndWith("run --home=/usr/files --store=blobs");
    }

    [TestCase("ProtectSystem=strict")]
    [TestCase("ProtectHome=yes")]
    [TestCase("PrivateTmp=yes")]
    [TestCase("PrivateDevices=yes")]
    [TestCase("NoNewPrivileges=yes")]
    [TestCase("CapabilityBoundingSet=")]
    [TestCase("ProtectKernelTunables=yes")]
    [TestCase("ProtectKernelModules=yes")]
    [TestCase("ProtectKernelLogs=yes")]
    [TestCase("ProtectControlGroups=yes")]
    [TestCase("ProtectClock=yes")]
    [TestCase("ProtectHostname=yes")]
    [TestCase("RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK")]
    [TestCase("RestrictNamespaces=yes")]
    [TestCase("RestrictRealtime=yes")]
    [TestCase("RestrictSUIDSGID=yes")]
    [TestCase("LockPersonality=yes")]
    [TestCase("SystemCallArchitectures=native")]
    [TestCase("SystemCallFilter=@system-service")]
    [TestCase("SystemCallErrorNumber=EPERM")]
    [TestCase("RemoveIPC=yes")]
    [TestCase("UMask=0027")]
    public void The_service_is_shut_in(string directive)
    {
        DryRun().Split('\n').Should().Contain(directive);
    }

    [TestCase("--port", "9000", false)]
    [TestCase("--port", "1024", false)]
    [TestCase("--port", "1023", true)]
    [TestCase("--port", "80", true)]
    [TestCase("--tls-port", "443", true)]
    public void Only_a_port_below_1024_takes_a_capability(string option, string port, bool takes)
    {
        var capabilities = DryRun(option, port).Split('\n').Where(line => line.Contains("CAP_", StringComparison.Ordinal));

        capabilities.Should().Equal(takes
            ? ["CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "AmbientCapabilities=CAP_NET_BIND_SERVICE"]
            : []);
    }

    [TestCase("--home", "/home/ann/files", "BindPaths=/home/ann/files")]
    [TestCase("--store", "/root/store", "BindPaths=/root/store")]
    [TestCase("--config", "/home/ann/filestore.json", "BindReadOnlyPaths=/home/ann/filestore.json")]
    [TestCase("--tasks", "/home/ann/tasks.json", "BindReadOnlyPaths=/home/ann/tasks.json")]
    [TestCase("--tls", "/etc/cert.pem,/home/ann/tls/key.pem", "BindReadOnlyPaths=/home/ann/tls")]
    [TestCase("--tls", "adhoc", null)]
    [TestCase("--store", "/homeless/store", null)]
    [TestCase("--export", "ann=/home/ann/public", "BindPaths=/home/ann/public")]
    public void The_service_sees_only_the_home_directories_that_it_needs(string option, string path, string? shown)
    {
        var result = Setup("--dry-run", option, path);
        var lines = result.Output.Split('\n');

        lines.Should().Contain(shown is null ? "ProtectHome=yes" : "ProtectHome=tmpfs");
        lines.Where(line => line.StartsWith("Bind", StringComparison.Ordinal)).Should().Equal(shown is null ? [] : [shown]);
        if (shown is null)
            result.Errors.Should().BeEmpty();
        else
            result.Errors.Should().Contain("note: ProtectHome=tmpfs", "the user is told").And.Contain($"only {shown.Split('=')[1]}\n");
    }

    [Test]
    public void Folders_outside_the_home_are_writable_too()
    {
        var lines = DryRun("--home", "/srv/home", "--store", "/data/store", "--log-file", "../log/server.log",
            "--pid-file", "/run/filestore/pid").Split('\n');

        lines.Should().Contain([
            "ReadWritePaths=/srv/home /data/store /srv/log",
            "RequiresMountsFor=/srv/home /data/store /srv/log",
            "RuntimeDirectory=filestore",
        ]);
    }

    [Test]
    public void The_folder_of_the_runtime_is_named_where_the_program_would_not_look()
    {
        var runtime = Path.Combine(Scratch, "my dotnet");

        var result = Run("bash", [Script, "--dry-run"], environment: new() { ["DOTNET_ROOT"] = runtime });

        result.Output.Should().Contain($"\nEnvironment=\"DOTNET_ROOT={runtime}\"\n");
    }
}
