using Microsoft.Data.Sqlite;

namespace FileStore.Core.Index.Sqlite;

/// <summary>A prepared statement, with parameters <c>$1</c>, <c>$2</c> and so on. For one thread at a time.</summary>
internal sealed class Statement : IDisposable
{
    private readonly SqliteCommand _command;

    /// <param name="connection">The connection, open.</param>
    /// <param name="sql">The statement.</param>
    internal Statement(SqliteConnection connection, string sql)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
    }

    /// <summary>Runs it, and returns how many rows it has changed.</summary>
    internal int Execute(params ReadOnlySpan<object> values)
    {
        Bind(values);
        return _command.ExecuteNonQuery();
    }

    /// <summary>The first column of its first row; null if there is no row.</summary>
    internal object? Scalar(params ReadOnlySpan<object> values)
    {
        Bind(values);
        return _command.ExecuteScalar();
    }

    /// <summary>Its rows, for the caller to dispose before the statement runs again.</summary>
    internal SqliteDataReader Query(params ReadOnlySpan<object> values)
    {
        Bind(values);
        return _command.ExecuteReader();
    }

    public void Dispose() => _command.Dispose();

    private void Bind(ReadOnlySpan<object> values)
    {
        if (_command.Parameters.Count == 0)
        {
            for (var i = 1; i <= values.Length; i++)
                _command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
        }

        for (var i = 0; i < values.Length; i++)
            _command.Parameters[i].Value = values[i];
    }
}
