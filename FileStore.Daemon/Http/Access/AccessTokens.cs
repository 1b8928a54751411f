using System.Security.Cryptography;
using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Daemon.Http.Access;

/// <summary>
/// Decides who may do what, by the tokens in a file that may change at any time. Without the file everybody may do
/// everything. Once there was one, a mistake with it never lets anybody in: what cannot be understood changes nothing,
/// and what is gone closes the daemon.
/// </summary>
internal sealed class AccessTokens
{
    /// <summary>How long a look at the file counts for the requests that follow.</summary>
    internal static readonly TimeSpan RecheckInterval = TimeSpan.FromMilliseconds(5);

    private const int MaxTokenLength = 256;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly string _path;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Lock _reloadLock = new();
    private volatile Snapshot _snapshot;
    private string? _lastWarning;
    private long _checkedAt;

    /// <exception cref="TokenFileException">The file cannot be read or understood.</exception>
    internal AccessTokens(string path, ILogger log, TimeProvider time)
    {
        (_path, _log, _time) = (path, log, time);
        _checkedAt = time.GetTimestamp();
        _snapshot = TokenFile.Read(path) is { } file ? new Snapshot(file.Stamp, IsOpen: false, file.Tokens) : new Snapshot(null, IsOpen: true, []);
        if (_snapshot.Stamp is { } stamp && (stamp.Mode & Others) != 0)
            _log.Warning("{Path:l} can be read or written by others than its owner (chmod 600 keeps them out)", path);
        if (_snapshot is { IsOpen: false, Tokens.Count: 0 })
            _log.Warning("{Path:l} holds no access token: nobody gets in", path);
    }

    /// <summary>Whether everybody may do everything.</summary>
    internal bool IsOpen => GetSnapshot().IsOpen;

    /// <summary>The answer to a request that may not go on; null if it may. Tells the request who is asking.</summary>
    /// <param name="request">The request.</param>
    /// <param name="needed">The scope of what it asks for; null if there is no such thing.</param>
    internal Problem? Refusal(Request request, Scope? needed)
    {
        if (needed == Scope.Anyone)
            return null;
        var snapshot = GetSnapshot();
        if (snapshot.IsOpen)
            return null;

        var presented = BearerToken(request.Header("Authorization"));
        if (presented is null || Find(snapshot.Tokens, presented) is not { } token)
            return Problem.Unauthorized(isUnknown: presented is not null);
        request.Token = token.Name;
        return needed is null || token.Allows(needed.Value) ? null : Problem.InsufficientScope(token.Name, ScopeNames.Of(needed.Value));
    }

    /// <summary>
    /// What follows the scheme (RFC 6750, 2.1); null if that is another, or nothing does. Two fields of the name have come
    /// as one with a comma in it, which is in no token.
    /// </summary>
    private static string? BearerToken(string? authorization)
    {
        const string scheme = "Bearer ";
        return authorization?.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) == true && authorization[scheme.Length..].Trim(' ') is { Length: > 0 } presented
            ? presented
            : null;
    }

    /// <summary>Compares with every token, each time as long, so that the time tells nothing of how near a guess was.</summary>
    private static AccessToken? Find(IReadOnlyList<AccessToken> tokens, string presented)
    {
        if (presented.Length > MaxTokenLength)
            return null;
        var hash = AccessToken.HashOf(presented);
        AccessToken? found = null;
        foreach (var token in tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, token.Hash))
                found = token;
        }

        return found;
    }

    /// <summary>What holds now, or held less than <see cref="RecheckInterval"/> ago: one system call, and not even that for all but one of many requests.</summary>
    private Snapshot GetSnapshot()
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(Volatile.Read(ref _checkedAt), now) < RecheckInterval)
            return _snapshot; // read after the time of the look that it is the outcome of
        var snapshot = _snapshot;
        if (!IsCurrent(snapshot))
        {
            lock (_reloadLock)
                snapshot = _snapshot = Reload(_snapshot);
        }

        Volatile.Write(ref _checkedAt, now);
        return snapshot;
    }

    private bool IsCurrent(Snapshot snapshot)
    {
        try
        {
            return FileStamp.Of(_path) == snapshot.Stamp;
        }
        catch (IOException)
        {
            return false; // said when it is read
        }
    }

    private Snapshot Reload(Snapshot snapshot)
    {
        try
        {
            if (FileStamp.Of(_path) == snapshot.Stamp)
                return snapshot; // another request was quicker
            if (TokenFile.Read(_path) is { } file)
            {
                _log.Information("access tokens read again: {Count}", file.Tokens.Count);
                _lastWarning = null;
                return new Snapshot(file.Stamp, IsOpen: false, file.Tokens);
            }

            if (!snapshot.IsOpen)
                WarnOnce($"{_path} has gone: nobody gets in until it is back. A restart without it opens the daemon to everybody");
            return snapshot with { Stamp = null, Tokens = [] };
        }
        catch (TokenFileException e)
        {
            // A file that could not be read is tried again, since that may pass without the file being changed.
            var reloaded = new Snapshot(e.Stamp ?? snapshot.Stamp, IsOpen: false, snapshot.Tokens);
            WarnOnce(reloaded.Tokens.Count > 0 ? $"{e.Message}; the tokens known before still hold" : $"{e.Message}; nobody gets in until that is mended");
            return reloaded;
        }
        catch (IOException e)
        {
            WarnOnce($"the access tokens cannot be looked at: {e.Message}; what held before still holds");
            return snapshot;
        }
    }

    private void WarnOnce(string warning)
    {
        if (warning == _lastWarning)
            return;
        _lastWarning = warning;
        _log.Warning("{Complaint:l}", warning);
    }

    /// <param name="Stamp">The state of the file that says so; null if there is none.</param>
    /// <param name="IsOpen">Whether there has never been one.</param>
    /// <param name="Tokens">The tokens.</param>
    private sealed record Snapshot(FileStamp? Stamp, bool IsOpen, IReadOnlyList<AccessToken> Tokens);
}
