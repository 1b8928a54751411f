using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Loads the code that failures need. The runtime loads an assembly on first use, and where that has failed it never
/// tries again: a daemon that is out of file descriptors just when it answers its first error would be mute for good.
/// </summary>
internal static class Assemblies
{
    internal static void Load()
    {
        foreach (var own in new[] { typeof(Assemblies).Assembly, typeof(IBlobStore).Assembly })
        {
            foreach (var name in own.GetReferencedAssemblies())
                System.Reflection.Assembly.Load(name);
        }

        // What those load in their turn.
        _ = Problem.RawResponse(503, "");
        _ = AccessToken.HashOf("");
        try
        {
            throw new BlobStoreException(DiskFault.Failed, "");
        }
        catch (BlobStoreException e)
        {
            _ = e.ToString();
        }
    }
}
