using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Contracts;
using Serilog.Core;

namespace FileStore.Tests.Core.Blobs;

[TestFixture]
public sealed class CachedDiskBlobStoreTests : BlobStoreContract
{
    private DiskBlobStore? _disk;

    protected override IBlobStore Open(HashKind kind, string folder)
    {
        _disk?.Dispose();
        _disk = DiskBlobStore.Open(new DiskStoreOptions(folder, kind, Durable: false), Logger.None);
        return new CachedBlobStore(_disk, 4_000_000, TimeProvider.System);
    }

    [TearDown]
    public void CloseDisk() => _disk?.Dispose();
}
