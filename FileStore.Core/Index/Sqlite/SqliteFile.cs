using FileStore.Core.Primitives;
using Microsoft.Data.Sqlite;

namespace FileStore.Core.Index.Sqlite;

/// <summary>The file of an index: opens connections to it, creates its tables, and translates its failures.</summary>
/// <param name="path">The file, absolute. Its directory must exist.</param>
/// <param name="isDurable">Whether a change survives a loss of power once it is committed.</param>
internal sealed class SqliteFile(string path, bool isDurable)
{
    private const int Version = 1;
    private const int ApplicationId = 0x46534958; // "FSIX", which file(1) shows

    // A row of names is 100 bytes; what an insert costs are the pages of its indexes. A name is ordered by its bytes.
    // search holds the trigrams of the names up to searchable.up_to, in upper case; what it finds is compared again.
    private const string Tables = """
        CREATE TABLE folders(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
        CREATE TABLE names(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, folder INTEGER NOT NULL, digest BLOB NOT NULL,
            size INTEGER NOT NULL, type TEXT NOT NULL, modified INTEGER NOT NULL, is_held INTEGER NOT NULL);
        CREATE INDEX names_by_folder_and_time ON names(folder, modified);
        CREATE INDEX names_by_folder_and_size ON names(folder, size);
        CREATE INDEX names_by_time ON names(modified);
        CREATE INDEX names_by_digest ON names(digest);
        CREATE TABLE released(digest BLOB PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX released_by_time ON released(since);
        CREATE VIRTUAL TABLE search USING fts5(name, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');
        CREATE TABLE searchable(up_to INTEGER NOT NULL);
        INSERT INTO searchable VALUES (0);
        """;

    /// <summary>Opens the file for changes, and creates it and its tables if they are not there. The caller disposes the connection.</summary>
    /// <exception cref="IndexException">It cannot be opened, or is not an index of this version.</exception>
    internal SqliteConnection OpenForWriting()
    {
        var isNew = !File.Exists(path);
        var connection = Open(SqliteOpenMode.ReadWriteCreate);
        try
        {
            return Guard(() =>
            {
                Run(connection, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(isDurable ? "FULL" : "OFF")}; PRAGMA cache_size = -16384");
                switch (Number(connection, "PRAGMA user_version"))
                {
                    case Version:
                        break;
                    case 0 when Number(connection, "SELECT count(*) FROM sqlite_schema") == 0:
                        Run(connection, $"BEGIN IMMEDIATE; {Tables} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}; COMMIT");
                        break;
                    case 0:
                        throw new IndexException(DiskFault.Failed, $"'{path}' is a database of another program");
                    case var other:
                        throw new IndexException(DiskFault.Failed, $"'{path}' was written by a newer version (its format is {other}, this program knows {Version})");
                }

                if (isNew && isDurable)
                    Posix.SyncDirectory(Path.GetDirectoryName(path)!);
                return connection;
            });
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens the file for questions. The caller disposes the connection.</summary>
    internal SqliteConnection OpenForReading() => Open(SqliteOpenMode.ReadOnly);

    /// <summary>Runs statements and translates what they throw.</summary>
    /// <exception cref="IndexException">They failed.</exception>
    internal T Guard<T>(Func<T> work) => IoErrors.Translate(work, Translate);

    /// <summary>Runs statements without parameters.</summary>
    internal static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The number that a statement returns.</summary>
    internal static long Number(SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        return statement.Scalar() as long? ?? 0;
    }

    private SqliteConnection Open(SqliteOpenMode mode) => Guard(() =>
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 5, // seconds that a statement waits while another process has locked the file
        }.ToString());
        connection.Open();
        return connection;
    });

    /// <summary>The failure of the index that an exception means; null if it means none.</summary>
    internal IndexException? Translate(Exception e) => e switch
    {
        SqliteException sqlite => new(FaultOf(sqlite.SqliteErrorCode), $"'{path}': {sqlite.Message}", e)
        {
            IsDamaged = sqlite.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB,
        },
        _ => DiskFaults.Of(e) is { } fault ? new IndexException(fault, e.Message, e) : null,
    };

    private static DiskFault FaultOf(int code) => code switch
    {
        SQLitePCL.raw.SQLITE_FULL => DiskFault.NoSpace,
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM or SQLitePCL.raw.SQLITE_AUTH => DiskFault.Denied,
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_NOMEM => DiskFault.Unavailable,
        _ => DiskFault.Failed,
    };
}
