using CommandLine;
using FileStore.Core.Primitives;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Cli;

[Verb("token", HelpText = "Add, list and revoke access tokens.")]
internal sealed class TokenArguments : CommonArguments
{
    [Group("Token"), Option("scope", MetaValue = "S[,S...]", HelpText = "What a new token allows: read, write, delete, exports, jobs, tasks, relay, admin (everything)")]
    public string? Scope { get; set; }
}

/// <summary>Manages access tokens. A running daemon applies changes with its next request.</summary>
internal static class TokenVerb
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    internal static int Execute(TokenArguments flags)
    {
        string[] words = [.. flags.Rest];
        return (words.FirstOrDefault(), words.Length) switch
        {
            (null, _) => Misused("token needs an action: add, list or revoke"),
            ("add" or "revoke", 1) => Misused($"token {words[0]} needs a name"),
            ("add" or "revoke", > 2) => Misused($"unexpected argument {ShownValue.Of(words[2])}: token {words[0]} takes one name"),
            ("list", > 1) => Misused($"unexpected argument {ShownValue.Of(words[1])}: token list takes no name"),
            ("list" or "revoke", _) when flags.Scope is not null => Misused($"--scope goes with token add, not with token {words[0]}"),
            ("add", _) => Add(flags, words[1]),
            ("list", _) => List(FileOf(flags)),
            ("revoke", _) => Revoke(FileOf(flags), words[1]),
            _ => UnknownAction(words[0]),
        };
    }

    /// <summary>Reports an unknown action.</summary>
    internal static int UnknownAction(string action) =>
        Misused($"unknown action {ShownValue.Of(action)}; use add, list or revoke{Suggestion.For(action, ["add", "list", "revoke"])}");

    private static int Add(TokenArguments flags, string name)
    {
        if (!AccessToken.IsName(name))
            return Refused($"{ShownValue.Of(name)} cannot be a token's name: use 1 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
        if (flags.Scope is null)
            return Misused("token add needs --scope: what the token allows");
        Scope scopes = 0;
        foreach (var text in flags.Scope.Split(',', StringSplitOptions.TrimEntries))
        {
            if (ScopeNames.Find(text) is not { } scope)
                return Refused($"--scope: {ShownValue.Of(text)} should be one of {ScopeNames.Choices}");
            scopes |= scope;
        }

        var path = FileOf(flags);
        using var held = Hold(path);
        var file = TokenFile.Read(path);
        var tokens = file?.Tokens ?? [];
        if (tokens.Any(token => token.Name == name))
            return Failed($"there is a token '{name}' already; revoke it first, or take another name");
        Write(path, [.. tokens, AccessToken.New(name, scopes, TimeProvider.System.GetUtcNow(), out var secret)]);

        Console.WriteLine(secret);
        Console.Error.WriteLine("filestore: copy this token now: it cannot be shown again");
        if (file is null)
            Console.Error.WriteLine($"filestore: this is the first token in {path}: from now on every request needs one");
        return CommandLine.Ok;
    }

    private static int List(string path)
    {
        var file = TokenFile.Read(path);
        if (file is null or { Tokens.Count: 0 })
        {
            Console.Error.WriteLine(file is null
                ? $"filestore: no tokens ({path} does not exist): the daemon is open to everyone"
                : $"filestore: no tokens in {path}: every request is rejected");
            return CommandLine.Ok;
        }

        (string Name, string Scopes, string Created)[] rows =
        [
            ("name", "scopes", "created"),
            .. file.Tokens.Select(token => (token.Name, string.Join(',', ScopeNames.In(token.Scopes)), TokenFile.Format(token.Created))),
        ];
        var (name, scopes) = (rows.Max(row => row.Name.Length), rows.Max(row => row.Scopes.Length));
        foreach (var row in rows)
            Console.WriteLine($"{row.Name.PadRight(name)}  {row.Scopes.PadRight(scopes)}  {row.Created}");
        return CommandLine.Ok;
    }

    private static int Revoke(string path, string name)
    {
        using var held = Hold(path);
        var tokens = TokenFile.Read(path)?.Tokens ?? [];
        var left = tokens.Where(token => token.Name != name).ToArray();
        if (left.Length == tokens.Count)
            return Failed($"unknown token {ShownValue.Of(name)}");
        Write(path, left);

        Console.WriteLine($"the token '{name}' is revoked");
        if (left.Length == 0)
            Console.Error.WriteLine($"filestore: it was the last token: every request is rejected now. To open the daemon to everyone, remove {path} and restart it");
        return CommandLine.Ok;
    }

    /// <summary>Returns when the change applies to every request that comes from then on.</summary>
    private static void Write(string path, IReadOnlyList<AccessToken> tokens)
    {
        TokenFile.Write(path, tokens);
        Thread.Sleep(AccessTokens.RecheckInterval);
    }

    private static string FileOf(CommonArguments flags) =>
        new DaemonOptions { Home = OptionsLoader.Home(flags.Given(), RunVerb.Variables(), RunVerb.CurrentDirectory()) }.TokenFile;

    /// <summary>Keeps other processes from changing the file meanwhile: one of the changes would be lost.</summary>
    private static DirectoryLock Hold(string path)
    {
        var home = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(home))
            throw new StartException($"'{home}' does not exist; give the daemon's home with --home");
        return DirectoryLock.TryAcquire(home, Timeout)
            ?? throw new StartException($"another process has locked '{home}' for more than {Timeout.TotalSeconds:0} s; nothing was changed");
    }

    private static int Failed(string message) => Complain(message, CommandLine.Failed);

    private static int Refused(string message) => Complain(message, CommandLine.Usage);

    private static int Complain(string message, int exitCode)
    {
        Console.Error.WriteLine($"filestore: {message}");
        return exitCode;
    }

    private static int Misused(string message) => CommandLine.Misused(message, Verb.Find("token")!);
}
