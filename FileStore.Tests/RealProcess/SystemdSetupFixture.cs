using System.Diagnostics;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Runs <c>setup_systemd.sh</c> as a user does, with what it prints at hand.</summary>
public abstract class SystemdSetupFixture
{
    private protected const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute |
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private protected string Scratch { get; private set; } = "";

    [SetUp]
    public void MakeScratch_folder()
    {
        Scratch = Directory.CreateTempSubdirectory("filestore-systemd-").FullName;
        File.SetUnixFileMode(Scratch, Executable);
    }

    [TearDown]
    public void RemoveScratch_folder() => Directory.Delete(Scratch, recursive: true);

    private protected static string Script => Path.Combine(Repository.Root, "setup_systemd.sh");

    private protected static Result Setup(params string[] arguments) => Run("bash", [Script, .. arguments]);

    private protected static string DryRun(params string[] arguments)
    {
        var result = Setup(["--dry-run", .. arguments]);
        result.Status.Should().Be(0, result.Errors);
        return result.Output;
    }

    private protected static string ExecStart(string unit) =>
        unit.Split('\n').Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..];

    private protected static void CopySetupTo(string folder)
    {
        foreach (var name in (string[])["setup_systemd.sh", "filestore.service.template"])
            File.Copy(Path.Combine(Repository.Root, name), Path.Combine(folder, name));
    }

    private protected static void WriteScript(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/bin/bash\n{text}\n");
        File.SetUnixFileMode(path, Executable);
    }

    /// <summary>A folder with a program in it, as systemd-analyze wants the one that a unit names to be there.</summary>
    private protected string StubProgram()
    {
        var folder = Path.Combine(Scratch, "program");
        WriteScript(Path.Combine(folder, "filestore"), "");
        return folder;
    }

    private protected string SystemdComplaints(string unit)
    {
        var path = Path.Combine(Scratch, "filestore.service");
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
    private protected Result OnACopyOfTheSystem(string commands)
    {
        var checkout = Path.Combine(Scratch, "checkout");
        Directory.CreateDirectory(checkout);
        CopySetupTo(checkout);
        File.SetUnixFileMode(Path.Combine(checkout, "setup_systemd.sh"), Executable);
        WriteScript(Path.Combine(checkout, "filestore"), "id -un >/src/builder; echo 0.0.0");
        WriteScript(Path.Combine(checkout, ".build/app/filestore"),
            """if [[ $1 == check && $* == *--hash=crc* ]]; then echo "hash: not crc" >&2; exit 2; fi""");
        File.WriteAllText(Path.Combine(checkout, ".build/app/filestore.dll"), "");
        WriteScript(Path.Combine(Scratch, "bin/systemctl"), "echo \"$*\" >>/systemctl.log; [[ ! -e /fail-$1 ]]");
        WriteScript(Path.Combine(Scratch, "commands"), commands);
        WriteScript(Path.Combine(Scratch, "copy"), """
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

        var result = Run("unshare", ["--mount", "--propagation", "private", Path.Combine(Scratch, "copy"), Scratch]);
        Assume.That(result.Status != 77 && !result.Errors.StartsWith("unshare:", StringComparison.Ordinal),
            $"no copy of the system to be had here: {result.Errors}");
        return result;
    }

    private protected sealed record Result(int Status, string Output, string Errors);

    /// <summary>Runs a program without a terminal, in an environment that finds only what the system has.</summary>
    private protected static Result Run(
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
