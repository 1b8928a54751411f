namespace FileStore.Daemon.Http.Access;

/// <summary>
/// What a token allows, and what a route asks for. A route asks for one of them; a value that is none of these is
/// allowed by no token, so that a mistake keeps a route closed.
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

    /// <summary>Asked for by routes that are open to everybody, with and without a token. No token has it.</summary>
    Anyone = 256,
}
