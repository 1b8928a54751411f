using System.Net.Sockets;

namespace FileStore.Tests.Support;

/// <summary>What lies in directories besides files.</summary>
internal static class SpecialFiles
{
    public const string Canary = "the canary outside";

    /// <summary>
    /// Puts one of each kind into a directory: links into it and out of it, to a file, to a directory and to nothing, a
    /// FIFO, a socket, a directory, and, for root, a device. Outside lies the canary.
    /// </summary>
    /// <returns>Their names.</returns>
    public static string[] Make(string directory, string outside)
    {
        Directory.CreateDirectory(Path.Join(outside, "folder"));
        File.WriteAllText(Path.Join(outside, "canary"), Canary);
        File.WriteAllText(Path.Join(outside, "folder", "canary"), Canary);
        File.WriteAllText(Path.Join(directory, "real"), "real");
        Link("link-out", Path.Join(outside, "canary"));
        Link("link-folder", Path.Join(outside, "folder"));
        Link("link-inside", "real");
        Link("link-dangling", "nothing");
        Link("link-loop", "link-loop");
        Link("link-proc", "/proc/self/environ");
        Directory.CreateDirectory(Path.Join(directory, "folder"));
        Mounted.Must("mkfifo", Path.Join(directory, "fifo"));
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            var bound = Path.Join(outside, "socket");
            socket.Bind(new UnixDomainSocketEndPoint(bound));
            Mounted.Must("ln", bound, Path.Join(directory, "socket")); // the bound name goes when it is closed
        }

        string[] names = ["link-out", "link-folder", "link-inside", "link-dangling", "link-loop", "link-proc", "folder", "fifo", "socket"];
        if (!Environment.IsPrivilegedProcess)
            return names;
        Mounted.Must("mknod", Path.Join(directory, "device"), "c", "1", "5"); // zeros without end
        Mounted.Must("mknod", Path.Join(directory, "no-device"), "c", "240", "0");
        return [.. names, "device", "no-device"];

        void Link(string name, string target) => File.CreateSymbolicLink(Path.Join(directory, name), target);
    }
}
