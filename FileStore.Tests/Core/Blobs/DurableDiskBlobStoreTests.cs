using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Contracts;
using Serilog.Core;

namespace FileStore.Tests.Core.Blobs;

[TestFixture]
public sealed class DurableDiskBlobStoreTests : BlobStoreContract
{
    protected override IBlobStore Open(HashKind kind, string folder) =>
        DiskBlobStore.Open(new DiskStoreOptions(folder, kind), Logger.None);
}
