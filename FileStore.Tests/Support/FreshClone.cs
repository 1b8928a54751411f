using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>The sources as somebody has them who clones the repository, with what is not committed yet.</summary>
internal sealed class FreshClone : IDisposable
{
    private readonly TempFolder _folder = new();

    /// <param name="isBuilt">Whether it comes with the program that was built from the same sources.</param>
    public FreshClone(bool isBuilt)
    {
        Shell("""
            export GIT_CONFIG_GLOBAL=$1.gitconfig
            printf '[safe]\n\tdirectory = *\n' > "$GIT_CONFIG_GLOBAL" # whoever the sources belong to
            git clone --quiet --no-hardlinks "$0" "$1"
            git -C "$0" ls-files -z --deleted | (cd "$1" && xargs -0r rm --)
            cd "$0"
            git ls-files -z --modified --others --exclude-standard | while IFS= read -rd '' file; do
              if [ -f "$file" ]; then printf '%s\0' "$file"; fi
            done | tar --null --no-recursion --files-from - -c | tar -C "$1" -xm
            """);
        if (!isBuilt)
            return;
        Command.FileStore.Should().NotBeEmpty("it is built now");
        Shell("""
            mkdir "$1/.build"
            cp -R "$0/.build/app" "$1/.build/app"
            touch "$1/.build/app/.built"
            """);
    }

    /// <summary>The clone's folder.</summary>
    public string Path => _folder["filestore"];

    /// <summary>The daemons that run from here.</summary>
    public int[] Daemons() =>
        [.. from process in Directory.EnumerateDirectories("/proc")
            let name = System.IO.Path.GetFileName(process)
            where name.All(char.IsAsciiDigit) && IsOurs(process)
            select int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)];

    /// <summary>The files that git would tell of.</summary>
    public string Status() => Command.Run(Path, "git", "status", "--porcelain", "--untracked-files=all").Output;

    public void EndDaemons()
    {
        foreach (var pid in Daemons())
            DaemonHome.Signal(pid, "KILL");
        Eventually.Until(() => Daemons().Length == 0, "daemons end when they are killed");
    }

    public void Dispose()
    {
        EndDaemons();
        _folder.Dispose();
    }

    private void Shell(string script)
    {
        var result = Command.Run("/", "bash", "-euo", "pipefail", "-c", script, Repository.Root, Path);
        result.ExitCode.Should().Be(0, result.Error);
    }

    private bool IsOurs(string process)
    {
        try
        {
            return File.ResolveLinkTarget($"{process}/exe", returnFinalTarget: false)?.FullName.StartsWith(Path, StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended since
        }
    }
}
