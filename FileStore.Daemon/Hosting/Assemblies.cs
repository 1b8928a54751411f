using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Engines;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Loads the code that failures need. The runtime loads an assembly on first use, and never tries again if that fails: a
/// daemon that is out of file descriptors at its first error could never respond with an error again.
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

        // Assemblies that those load.
        _ = RawResponse.Of(503, "");
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
