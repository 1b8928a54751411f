using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Contracts;
using Serilog.Core;

namespace FileStore.Tests.Core.Blobs;

[TestFixture]
public sealed class QuickDiskBlobStoreTests : BlobStoreContract
{
    protected override IBlobStore Open(HashKind kind, string folder) =>
        DiskBlobStore.Open(new DiskStoreOptions(folder, kind, Durable: false, BufferSize: 4096), Logger.None);
}
