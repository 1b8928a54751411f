using System.Text;
using FileStore.Core.Primitives;
using Microsoft.Data.Sqlite;

namespace FileStore.Core.Index.Sqlite;

/// <summary>A row of the table of names.</summary>
/// <param name="Id">Its key, which grows with every new name.</param>
/// <param name="Blob">The name and its blob.</param>
/// <param name="IsHeld">Whether the blob is held by its names.</param>
internal sealed record NameRow(long Id, NamedBlob Blob, bool IsHeld)
{
    /// <summary>The columns that <see cref="Read"/> takes.</summary>
    internal const string Columns = "id, name, digest, size, type, modified, is_held";

    /// <summary>Reads the current row.</summary>
    /// <param name="rows">Rows whose first columns are <see cref="Columns"/>.</param>
    /// <param name="kind">The kind of the digests.</param>
    /// <exception cref="IndexException">The row cannot be one of this index.</exception>
    internal static NameRow Read(SqliteDataReader rows, HashKind kind)
    {
        var text = rows.GetString(1);
        if (!BlobName.TryParse(text, out var name, out var fault))
            throw Damaged($"the name '{text}' {fault}");
        var modified = DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(5));
        return new NameRow(rows.GetInt64(0), new NamedBlob(name, DigestOf(rows, 2, kind), rows.GetInt64(3), rows.GetString(4), modified), rows.GetInt64(6) != 0);
    }

    /// <summary>Reads a digest of the current row.</summary>
    /// <exception cref="IndexException">It is not of this kind.</exception>
    internal static Digest DigestOf(SqliteDataReader rows, int column, HashKind kind)
    {
        var bytes = SQLitePCL.raw.sqlite3_column_blob(rows.Handle, column);
        return bytes.Length == kind.ByteCount ? Digest.FromBytes(kind, bytes) : throw Damaged($"a blob of it is not named by {kind}");
    }

    /// <summary>A bound above every name with a prefix, for <c>CAST($1 AS TEXT)</c>: SQLite compares text byte by byte.</summary>
    internal static byte[] EndOf(string prefix) => [.. Encoding.UTF8.GetBytes(prefix), 0xFF];

    private static IndexException Damaged(string message) => new(DiskFault.Failed, $"the index is damaged: {message}") { IsDamaged = true };
}
