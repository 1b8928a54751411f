using System.Diagnostics;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary><c>setup_systemd.sh</c> as a user runs it. Installs happen on a copy of the system that is thrown away.</summary>
public sealed class SystemdSetupTests
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute |
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private string _scratch = "";

    [SetUp]
    public void Make_scratch_folder()
    {
        _scratch = Directory.CreateTempSubdirectory("filestore-systemd-").FullName;
        File.SetUnixFileMode(_scratch, Executable);
    }

    [TearDown]
    public void Remove_scratch_folder() => Directory.Delete(_scratch, recursive: true);

    // ---- the unit

    [TestCase("")]
    [TestCase("--port 80 --host :: --user www --service_name files-2")]
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
        CopySetupTo(_scratch);

        var result = Run("bash", [Path.Combine(_scratch, "setup_systemd.sh"), "--dry-run"]);

        result.Status.Should().Be(0);
        result.Output.Should().Be(DryRun());
        Directory.GetFileSystemEntries(_scratch).Should().HaveCount(2, "nothing was made");
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

    [Test]
    public void The_daemon_gets_every_option_of_its_own()
    {
        var execStart = ExecStart(DryRun(
            "--host", "127.0.0.1", "--port", "9001", "--log", "DEBUG", "--listen", "64", "--buffer", "65536",
            "--store", "/srv/store", "--hash", "md5", "--durability", "none", "--max-upload", "2GiB", "--cache", "0",
            "--home", "/srv/home", "--config", "my.json", "--pid-file", "my.pid", "--log-file", "my.log"));

        execStart.Split(' ').Should().BeEquivalentTo(
            "/opt/filestore/filestore", "run",
            "--host=127.0.0.1", "--port=9001", "--log=DEBUG", "--listen=64", "--buffer=65536",
            "--store=/srv/store", "--hash=md5", "--durability=none", "--max-upload=2GiB", "--cache=0",
            "--home=/srv/home", "--config=my.json", "--pid-file=my.pid", "--log-file=my.log");
    }

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

    [TestCase("9000", false)]
    [TestCase("1024", false)]
    [TestCase("1023", true)]
    [TestCase("80", true)]
    public void Only_a_port_below_1024_takes_a_capability(string port, bool takes)
    {
        var capabilities = DryRun("--port", port).Split('\n').Where(line => line.Contains("CAP_", StringComparison.Ordinal));

        capabilities.Should().Equal(takes
            ? ["CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "AmbientCapabilities=CAP_NET_BIND_SERVICE"]
            : []);
    }

    [TestCase("--home", "/home/ann/files", "BindPaths=/home/ann/files")]
    [TestCase("--store", "/root/store", "BindPaths=/root/store")]
    [TestCase("--config", "/home/ann/filestore.json", "BindReadOnlyPaths=/home/ann/filestore.json")]
    [TestCase("--store", "/homeless/store", null)]
    public void Of_the_home_directories_the_service_sees_what_it_needs(string option, string path, string? shown)
    {
        var result = Setup("--dry-run", option, path);
        var lines = result.Output.Split('\n');

        lines.Should().Contain(shown is null ? "ProtectHome=yes" : "ProtectHome=tmpfs");
        lines.Where(line => line.StartsWith("Bind", StringComparison.Ordinal)).Should().Equal(shown is null ? [] : [shown]);
        if (shown is null)
            result.Errors.Should().BeEmpty();
        else
            result.Errors.Should().StartWith("note: ProtectHome=tmpfs", "the user is told").And.Contain(path);
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
        var runtime = Path.Combine(_scratch, "my dotnet");

        var result = Run("bash", [Script, "--dry-run"], environment: new() { ["DOTNET_ROOT"] = runtime });

        result.Output.Should().Contain($"\nEnvironment=\"DOTNET_ROOT={runtime}\"\n");
    }

    // ---- what is refused

    [TestCase("--frobnicate", "unknown option: --frobnicate")]
    [TestCase("--ports=80", "unknown option: --ports")]
    [TestCase("files", "unexpected argument: files")]
    [TestCase("--port", "--port needs a value")]
    [TestCase("--port --yes", "--port needs a value")]
    [TestCase("--store=", "--store needs a value")]
    public void Wrong_use_gets_the_usage_and_status_2(string arguments, string fault)
    {
        var result = Setup(arguments.Split(' '));

        result.Status.Should().Be(2);
        result.Output.Should().BeEmpty();
        result.Errors.Should().StartWith("Usage: setup_systemd.sh").And.EndWith($"setup_systemd.sh: {fault}\n");
    }

    [TestCase("--service_name", "../etc")]
    [TestCase("--service_name", "two words")]
    [TestCase("--service_name", "filestore@1")]
    [TestCase("--service_name", "filestore.service")]
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
        CopySetupTo(_scratch);
        string[] command = ["bash", Path.Combine(_scratch, "setup_systemd.sh"), "--yes", .. options];

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

    [TestCase("setup_systemd.sh")]
    [TestCase("filestore")]
    [TestCase("test.sh")]
    [TestCase(".ci/run")]
    public void Shellcheck_finds_nothing_in(string script)
    {
        var path = Path.Combine(Repository.Root, script);
        if (!File.Exists(path))
            Assert.Ignore($"there is no {script}");

        var result = Run("shellcheck", ["--shell=bash", path]);

        result.Output.Should().BeEmpty();
        File.ReadAllText(path).Should().NotContain("shellcheck disable");
    }

    // ---- installing, on a copy of the system

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
    public void What_belongs_to_others_is_left_alone(string options, string reason)
    {
        var result = OnACopyOfTheSystem($"""
            mkdir -p /opt/other /srv/other
            echo '[Service]' >/etc/systemd/system/other.service
            groupadd other
            ./setup_systemd.sh --yes --service_name fs-test {options}
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

    // ---- help

    private static string Script => Path.Combine(Repository.Root, "setup_systemd.sh");

    private static Result Setup(params string[] arguments) => Run("bash", [Script, .. arguments]);

    private static string DryRun(params string[] arguments)
    {
        var result = Setup(["--dry-run", .. arguments]);
        result.Status.Should().Be(0, result.Errors);
        return result.Output;
    }

    private static string ExecStart(string unit) =>
        unit.Split('\n').Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..];

    private static void CopySetupTo(string folder)
    {
        foreach (var name in (string[])["setup_systemd.sh", "filestore.service.template"])
            File.Copy(Path.Combine(Repository.Root, name), Path.Combine(folder, name));
    }

    private static void WriteScript(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/bin/bash\n{text}\n");
        File.SetUnixFileMode(path, Executable);
    }

    /// <summary>A folder with a program in it, as systemd-analyze wants the one that a unit names to be there.</summary>
    private string StubProgram()
    {
        var folder = Path.Combine(_scratch, "program");
        WriteScript(Path.Combine(folder, "filestore"), "");
        return folder;
    }

    private string SystemdComplaints(string unit)
    {
        var path = Path.Combine(_scratch, "filestore.service");
        File.WriteAllText(path, unit);
        var result = Run("systemd-analyze", ["verify", "--recursive-errors=no", path]);
        var complaints = (result.Output + result.Errors).Split('\n')
            .Where(line => line.Contains("filestore.service", StringComparison.Ordinal));
        return string.Join('\n', complaints) + (result.Status == 0 ? "" : $"\nstatus {result.Status}");
    }

    /// <summary>
    /// Runs commands as root beside a copy of the setup, in a mount namespace of their own whose root is an overlay that
    /// vanishes with it. The program there is a stub, and systemctl only keeps a log.
    /// </summary>
    private Result OnACopyOfTheSystem(string commands)
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("a copy of the system takes root");

        var checkout = Path.Combine(_scratch, "checkout");
        Directory.CreateDirectory(checkout);
        CopySetupTo(checkout);
        File.SetUnixFileMode(Path.Combine(checkout, "setup_systemd.sh"), Executable);
        WriteScript(Path.Combine(checkout, "filestore"), "id -un >/src/builder; echo 0.0.0");
        WriteScript(Path.Combine(checkout, ".build/app/filestore"),
            """if [[ $1 == check && $* == *--hash=crc* ]]; then echo "hash: not crc" >&2; exit 2; fi""");
        File.WriteAllText(Path.Combine(checkout, ".build/app/filestore.dll"), "");
        WriteScript(Path.Combine(_scratch, "bin/systemctl"), "echo \"$*\" >>/systemctl.log; [[ ! -e /fail-$1 ]]");
        WriteScript(Path.Combine(_scratch, "commands"), commands);
        WriteScript(Path.Combine(_scratch, "copy"), """
            set -e
            scratch=$1
            mkdir "$scratch/copy.d"
            mount -t tmpfs copy "$scratch/copy.d"
            cd "$scratch/copy.d"
            mkdir changes work root
            mount -t overlay -o "lowerdir=/,upperdir=$PWD/changes,workdir=$PWD/work" copy root || exit 77
            mount --rbind /proc root/proc
            mount --rbind /dev root/dev
            mount -t tmpfs run root/run
            mount -t tmpfs tmp root/tmp
            mkdir -p root/run/systemd/system root/src
            cp -R "$scratch/checkout" "$scratch/bin" "$scratch/commands" root/src
            touch root/systemctl.log
            exec chroot root env PATH="/src/bin:$PATH" bash -c 'cd /src/checkout && exec bash /src/commands'
            """);

        var result = Run("unshare", ["--mount", "--propagation", "private", Path.Combine(_scratch, "copy"), _scratch]);
        if (result.Status == 77 || result.Errors.StartsWith("unshare:", StringComparison.Ordinal))
            Assert.Ignore($"no copy of the system to be had here: {result.Errors}");
        return result;
    }

    private sealed record Result(int Status, string Output, string Errors);

    /// <summary>Runs a program without a terminal, in an environment that finds only what the system has.</summary>
    private static Result Run(
        string program, string[] arguments, string folder = "/", Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment.Remove("DOTNET_ROOT");
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;

        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new Result(process.ExitCode, output, errors.Result);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new AssertionException($"{program} cannot be run ({e.Message}); test.sh installs what the tests need");
        }
    }
}
