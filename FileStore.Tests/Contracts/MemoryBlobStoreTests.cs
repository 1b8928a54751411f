using FileStore.Core.Blobs;
using FileStore.Core.Primitives;

namespace FileStore.Tests.Contracts;

[TestFixture]
public sealed class MemoryBlobStoreTests : BlobStoreContract
{
    protected override IBlobStore Open(HashKind kind, string folder) => new MemoryBlobStore(kind);
}
