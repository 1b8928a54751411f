using System.Globalization;
using System.Runtime.InteropServices;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Hosting;

/// <summary>The user that a process runs as.</summary>
/// <param name="User">Its user.</param>
/// <param name="Group">Its group.</param>
/// <param name="Groups">Its supplementary groups.</param>
/// <param name="HasCapabilities">Whether it has more rights than that user (capabilities(7)).</param>
internal sealed partial record ProcessUser(uint User, uint Group, IReadOnlyList<uint> Groups, bool HasCapabilities)
{
    private static readonly string[] Namespaces = ["pid", "mnt", "net", "user"];

    /// <summary>The user that this process runs as.</summary>
    internal static ProcessUser Own => Of("self");

    /// <exception cref="IOException">The process has ended.</exception>
    internal static ProcessUser Of(int pid) => Of(pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether a process has the same view of the system as this one, not that of a container or a sandbox.</summary>
    /// <exception cref="StartException">The process has ended.</exception>
    internal static bool SharesNamespaces(int pid)
    {
        try
        {
            return Array.TrueForAll(Namespaces, name =>
                Directory.ResolveLinkTarget($"/proc/{pid}/ns/{name}", returnFinalTarget: false)?.Name
                == Directory.ResolveLinkTarget($"/proc/self/ns/{name}", returnFinalTarget: false)?.Name);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw StartException.DaemonHasEnded();
        }
    }

    /// <summary>Changes the user of this process for good. Only root may do this.</summary>
    /// <exception cref="StartException">The system does not allow it.</exception>
    internal void Become()
    {
        if (setgroups((nuint)Groups.Count, [.. Groups]) != 0 || setresgid(Group, Group, Group) != 0 || setresuid(User, User, User) != 0)
            throw new StartException($"the daemon runs as user {User}, and this process may not become that: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static ProcessUser Of(string pid)
    {
        var status = InheritedState.ReadStatus(pid);
        uint[] Numbers(string name) => [.. status[name].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(text => uint.Parse(text, CultureInfo.InvariantCulture))];
        const int effective = 1;
        return new ProcessUser(Numbers("Uid")[effective], Numbers("Gid")[effective], Numbers("Groups"), status["CapEff"].Trim('0').Length > 0);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setgroups(nuint count, [In] uint[] groups);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setresgid(uint real, uint effective, uint saved);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setresuid(uint real, uint effective, uint saved);
}
