using System.Security.Cryptography;
using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Daemon.Http.Access;

/// <summary>
/// Authorizes requests by the tokens in a file that may change at any time. Without the file, everyone may do everything.
/// Once the file existed, it fails closed: an unreadable file keeps the old tokens, and a deleted one denies everyone.
/// </summary>
internal sealed class AccessTokens
{
    /// <summary>How long one check of the file serves the following requests.</summary>
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

    /// <exception cref="TokenFileException">The file cannot be read or parsed.</exception>
    internal AccessTokens(string path, ILogger log, TimeProvider time)
    {
        (_path, _log, _time) = (path, log, time);
        _checkedAt = time.GetTimestamp();
        _snapshot = TokenFile.Read(path) is { } file ? new Snapshot(file.Stamp, IsOpen: false, file.Tokens) : new Snapshot(null, IsOpen: true, []);
        if (_snapshot.Stamp is { } stamp && (stamp.Mode & Others) != 0)
            _log.Warning("{Path:l} is accessible to other users; restrict it with chmod 600", path);
        if (_snapshot is { IsOpen: false, Tokens.Count: 0 })
            _log.Warning("{Path:l} contains no access token: every request is denied", path);
    }

    /// <summary>Whether everyone may do everything.</summary>
    internal bool IsOpen => GetSnapshot().IsOpen;

    /// <summary>Authorizes a request by the scope of its route, and sets the name of its token.</summary>
    /// <param name="request">The request. Without a route, any token will do.</param>
    /// <returns>The response if the request is rejected; null if it is allowed.</returns>
    internal Problem? Refusal(Request request)
    {
        var needed = request.Route?.Scope;
        if (needed == Scope.Anyone)
            return null;
        var snapshot = GetSnapshot();
        if (snapshot.IsOpen)
            return null;

        var presented = AuthenticationScheme.Presented(request.Header("Authorization"));
        if (presented is null || Find(snapshot.Tokens, presented) is not { } token)
            return Problem.Unauthorized(request.Policy.Challenges, isUnknown: presented is not null);
        request.Credentials = token;
        return needed is null || token.Allows(needed.Value) ? null : Problem.InsufficientScope(token.Name, ScopeNames.Of(needed.Value));
    }

    /// <summary>Compares with every token in constant time, so that the time does not tell how close a guess was.</summary>
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

    /// <summary>
    /// The current tokens, at most <see cref="RecheckInterval"/> old. Checks the file with one statx, and only once in that
    /// time.
    /// </summary>
    private Snapshot GetSnapshot()
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(Volatile.Read(ref _checkedAt), now) < RecheckInterval)
            return _snapshot; // read after the time of the check that produced it
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
            return false; // reported when the file is read
        }
    }

    private Snapshot Reload(Snapshot snapshot)
    {
        try
        {
            if (FileStamp.Of(_path) == snapshot.Stamp)
                return snapshot; // another request has reloaded it
            if (TokenFile.Read(_path) is { } file)
            {
                _log.Information("access tokens reloaded: {Count}", file.Tokens.Count);
                _lastWarning = null;
                return new Snapshot(file.Stamp, IsOpen: false, file.Tokens);
            }

            if (!snapshot.IsOpen)
                WarnOnce($"{_path} is gone: every request is denied until it is back. A restart without it opens the daemon to everyone");
            return snapshot with { Stamp = null, Tokens = [] };
        }
        catch (TokenFileException e)
        {
            // A file that could not be read is tried again: the reason may pass without a change of the file.
            var reloaded = new Snapshot(e.Stamp ?? snapshot.Stamp, IsOpen: false, snapshot.Tokens);
            WarnOnce(reloaded.Tokens.Count > 0 ? $"{e.Message}; the previous tokens stay valid" : $"{e.Message}; every request is denied until it is fixed");
            return reloaded;
        }
        catch (IOException e)
        {
            WarnOnce($"the access tokens cannot be checked: {e.Message}; the previous ones stay valid");
            return snapshot;
        }
    }

    private void WarnOnce(string warning)
    {
        if (warning == _lastWarning)
            return;
        _lastWarning = warning;
        _log.Warning("{Warning:l}", warning);
    }

    /// <param name="Stamp">The state of the file that was read; null if there was none.</param>
    /// <param name="IsOpen">Whether there has never been a file.</param>
    /// <param name="Tokens">The tokens.</param>
    private sealed record Snapshot(FileStamp? Stamp, bool IsOpen, IReadOnlyList<AccessToken> Tokens);
}
