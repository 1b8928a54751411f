namespace FileStore.Daemon.Http.Access;

/// <summary>
/// What a token allows, and what a route needs. A route needs exactly one of these. No token allows any other value, so a
/// mistake keeps a route closed.
/// </summary>
[Flags]
internal enum Scope
{
    Read = 1,
    Write = 2,
    Delete = 4,
    Exports = 8,
    Jobs = 16,
    Tasks = 32,
    Relay = 64,

    /// <summary>Allows everything.</summary>
    Admin = 128,

    /// <summary>Needed by routes that are open to everyone, with and without a token. No token has it.</summary>
    Anyone = 256,
}

/// <summary>The names of scopes, in lower case.</summary>
internal static class ScopeNames
{
    /// <summary>The scopes that a token can have.</summary>
    internal static readonly Scope[] All =
        [Scope.Read, Scope.Write, Scope.Delete, Scope.Exports, Scope.Jobs, Scope.Tasks, Scope.Relay, Scope.Admin];

    /// <summary>All of them, for people.</summary>
    internal static readonly string Choices = string.Join(", ", All.Select(Of));

    /// <summary>The name of a single scope.</summary>
    internal static string Of(Scope scope) => scope.ToString().ToLowerInvariant();

    /// <summary>The names of the scopes in <paramref name="scopes"/>.</summary>
    internal static IEnumerable<string> In(Scope scopes) => All.Where(scope => scopes.HasFlag(scope)).Select(Of);

    /// <summary>The scope of this name; null if there is none.</summary>
    internal static Scope? Find(string name) => Array.Find(All, scope => Of(scope) == name) is var found and not 0 ? found : null;
}
