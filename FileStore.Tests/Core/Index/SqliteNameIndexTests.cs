using FileStore.Core.Index;
using FileStore.Core.Index.Sqlite;
using FileStore.Core.Primitives;
using FileStore.Tests.Contracts;

namespace FileStore.Tests.Core.Index;

[TestFixture]
public sealed class SqliteNameIndexTests : NameIndexContract
{
    protected override INameIndex Open(string folder, TimeProvider time) =>
        SqliteNameIndex.Open(Path.Join(folder, "index", "index.db"), HashKind.Sha256, isDurable: true, time);
}
