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
    internal static readonly TimeSpan RecheckAfter = TimeSpan.FromMilliseconds(5);

    private const int LongestCredential = 256;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly string _path;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Lock _reading = new();
    private volatile Known _known;
    private string? _complaint;
    private long _lookedAt;

    /// <exception cref="TokenFileException">The file cannot be read or understood.</exception>
    internal AccessTokens(string path, ILogger log, TimeProvider time)
    {
        (_path, _log, _time) = (path, log, time);
        _lookedAt = time.GetTimestamp();
        _known = TokenFile.Read(path) is { } file ? new Known(file.Stamp, IsOpen: false, file.Tokens) : new Known(null, IsOpen: true, []);
        if (_known.Stamp is { } stamp && (stamp.Mode & Others) != 0)
            _log.Warning("{Path:l} can be read or written by others than its owner (chmod 600 keeps them out)", path);
        if (_known is { IsOpen: false, Tokens.Count: 0 })
            _log.Warning("{Path:l} holds no access token: nobody gets in", path);
    }

    /// <summary>Whether everybody may do everything.</summary>
    internal bool IsOpen => Current().IsOpen;

    /// <summary>Refuses a request that lacks a token for its route; null if it may go on. Sets the name of its token.</summary>
    /// <param name="request">The request, with its route; without one, any token will do.</param>
    internal Problem? Refusal(Request request)
    {
        var needed = request.Route?.Scope;
        if (needed == Scope.Anyone)
            return null;
        var known = Current();
        if (known.IsOpen)
            return null;

        var presented = AuthenticationScheme.Presented(request.Header("Authorization"));
        if (presented is null || Find(known.Tokens, presented) is not { } token)
            return Problem.Unauthorized(request.Policy.Challenges, isUnknown: presented is not null);
        request.Token = token.Name;
        return needed is null || token.Allows(needed.Value) ? null : Problem.InsufficientScope(token.Name, ScopeNames.Of(needed.Value));
    }

    /// <summary>Compares with every token, each time as long, so that the time tells nothing of how near a guess was.</summary>
    private static AccessToken? Find(IReadOnlyList<AccessToken> tokens, string presented)
    {
        if (presented.Length > LongestCredential)
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

    /// <summary>What holds now, or held less than <see cref="RecheckAfter"/> ago: one system call, and not even that for all but one of many requests.</summary>
    private Known Current()
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(Volatile.Read(ref _lookedAt), now) < RecheckAfter)
            return _known; // read after the time of the look that it is the outcome of
        var known = _known;
        if (!IsAsRead(known))
        {
            lock (_reading)
                known = _known = Reread(_known);
        }

        Volatile.Write(ref _lookedAt, now);
        return known;
    }

    private bool IsAsRead(Known known)
    {
        try
        {
            return FileStamp.Of(_path) == known.Stamp;
        }
        catch (IOException)
        {
            return false; // said when it is read
        }
    }

    private Known Reread(Known known)
    {
        try
        {
            if (FileStamp.Of(_path) == known.Stamp)
                return known; // another request was quicker
            if (TokenFile.Read(_path) is { } file)
            {
                _log.Information("access tokens read again: {Count}", file.Tokens.Count);
                _complaint = null;
                return new Known(file.Stamp, IsOpen: false, file.Tokens);
            }

            if (!known.IsOpen)
                Complain($"{_path} has gone: nobody gets in until it is back. A restart without it opens the daemon to everybody");
            return known with { Stamp = null, Tokens = [] };
        }
        catch (TokenFileException e)
        {
            // A file that could not be read is tried again, since that may pass without the file being changed.
            var after = new Known(e.Stamp ?? known.Stamp, IsOpen: false, known.Tokens);
            Complain(after.Tokens.Count > 0 ? $"{e.Message}; the tokens known before still hold" : $"{e.Message}; nobody gets in until that is mended");
            return after;
        }
        catch (IOException e)
        {
            Complain($"the access tokens cannot be looked at: {e.Message}; what held before still holds");
            return known;
        }
    }

    private void Complain(string complaint)
    {
        if (complaint == _complaint)
            return;
        _complaint = complaint;
        _log.Warning("{Complaint:l}", complaint);
    }

    /// <param name="Stamp">The state of the file that says so; null if there is none.</param>
    /// <param name="IsOpen">Whether there has never been one.</param>
    /// <param name="Tokens">The tokens.</param>
    private sealed record Known(FileStamp? Stamp, bool IsOpen, IReadOnlyList<AccessToken> Tokens);
}
