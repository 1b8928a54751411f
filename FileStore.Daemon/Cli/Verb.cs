using System.Reflection;
using CommandLine;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Cli;

/// <summary>A command of the program, with the texts of its help.</summary>
/// <param name="Flags">The class that its options are bound to.</param>
/// <param name="Usage">Its forms, without the program's name; a line that is indented explains them.</param>
/// <param name="Details">What it does, beyond the summary.</param>
/// <param name="Exits">Its exit statuses.</param>
/// <param name="Examples">Command lines, each with what it does.</param>
internal sealed record Verb(Type Flags, string[] Usage, string Details, string Exits, (string Line, string Does)[] Examples)
{
    /// <summary>The command that runs where none is given.</summary>
    internal const string Default = "start";

    internal static readonly Verb[] All =
    [
        new(typeof(StartArguments), ["[start] [OPTIONS]"],
            "Returns once the daemon answers HTTP, and prints its pid and URL. If it cannot start, the command says why and leaves nothing running.",
            "0 started; 1 already running, or it cannot start; 2 wrong usage",
            [
                ("filestore start", "serve ./store on port 9000"),
                ("filestore start --host 127.0.0.1 -p 8080", "local clients only"),
                ("filestore start --home /srv/files --tls adhoc", "HTTPS too, on port 9443"),
                ("filestore start --export logs=/var/log/app", "publish a directory"),
            ]),
        new(typeof(RunArguments), ["run [OPTIONS]"],
            "Takes the same options as start. The log goes to the console as well as to its file. Ctrl-C or SIGTERM stops the daemon cleanly.",
            "0 after a clean stop; 1 it cannot start; 2 wrong usage or configuration",
            [
                ("filestore run --home /srv/files", "as in a container"),
                ("filestore run --log DEBUG", "watch what the daemon does"),
            ]),
        new(typeof(StopArguments), ["stop [OPTIONS]"],
            "Running requests may finish for 30 seconds. The command returns when the daemon is gone.",
            "0 stopped, or not running; 1 it still runs; 2 wrong usage",
            [
                ("filestore stop", "this directory's daemon"),
                ("filestore stop --home /srv/files --force", "kill it if need be"),
            ]),
        new(typeof(RestartArguments), ["restart [OPTIONS]"],
            "Without options the new daemon keeps the options, the directory and the FILESTORE_ variables of the running one. With options, only these count. The options are checked before the running daemon is stopped.",
            "0 restarted; 1 it could not be stopped or started; 2 wrong usage",
            [
                ("filestore restart", "with the same options"),
                ("filestore restart --tls adhoc", "with exactly this option"),
            ]),
        new(typeof(GetPidArguments), ["get_pid [OPTIONS]"],
            "Prints the number and nothing else, for scripts.",
            "0 it runs; 3 not running; 2 wrong usage",
            [("kill -HUP $(filestore get_pid)", "reopen the log")]),
        new(typeof(StatusArguments), ["status [OPTIONS]"],
            "Prints pid, URL, uptime, store, hash and the number of requests served.",
            "0 it runs; 1 it runs but does not reply; 3 not running; 2 wrong usage",
            [("filestore status --home /srv/files", "the daemon of that home")]),
        new(typeof(TokenArguments), ["token add NAME --scope S[,S...]", "token list", "token revoke NAME", $"  S: {ScopeNames.Choices}"],
            "With the first token, every request to the daemon of this home needs one. 'add' prints the new token once; only its hash is stored. 'list' shows names, scopes and creation times. A running daemon applies changes immediately.",
            "0 done; 1 failed, such as a name that is taken or unknown; 2 wrong usage",
            [
                ("filestore token add backup --scope read,write", "a token to store and fetch"),
                ("filestore token revoke backup", "end it"),
            ]),
        new(typeof(IndexArguments), ["index export", "index import FILE|- [--replace]", "index check"],
            "'export' prints all that the index of names knows, a JSON object a line, also while the daemon runs: with a copy of the store it is a backup. 'import' adds the lines of an export, with the daemon stopped. 'check' finds damage, names without a file, and files that should be gone.",
            "0 done, and nothing is wrong; 1 failed, or something is wrong; 2 wrong usage",
            [
                ("filestore index export > index.jsonl", "back up the names"),
                ("filestore index import index.jsonl", "restore them"),
                ("filestore index check", "after a crash of the machine"),
            ]),
        new(typeof(CheckArguments), ["check [OPTIONS]"],
            "Reads options, environment, configuration file, tokens, certificate and store marker as start would, without starting or changing anything. Reports all faults at once.",
            "0 valid; 2 faults, one per line, or wrong usage",
            [
                ("filestore check --home /srv/files", "before a restart"),
                ("filestore check --config new.json", "check another file"),
            ]),
    ];

    internal string Name => Declared.Name;

    /// <summary>A one-line summary.</summary>
    internal string Summary => Declared.HelpText;

    /// <summary>Its options, hidden ones included.</summary>
    internal OptionInfo[] Options => OptionInfo.Of(Flags);

    /// <summary>Whether it takes arguments beside options.</summary>
    internal bool TakesWords => Flags == typeof(TokenArguments) || Flags == typeof(IndexArguments);

    private VerbAttribute Declared => Flags.GetCustomAttribute<VerbAttribute>()!;

    internal static Verb? Find(string name) => Array.Find(All, verb => verb.Name == name);
}
