using FileStore.Daemon.Features.Exports;
using FileStore.Daemon.Features.Jobs;
using FileStore.Daemon.Features.Names;
using FileStore.Daemon.Features.Relay;
using FileStore.Daemon.Features.Tasks;
using FileStore.Daemon.Options;

namespace FileStore.Tests.Daemon.Hosting;

/// <summary>Every setting with values for the file, the environment and the command line, and what each then is.</summary>
public sealed partial class OptionsLoaderTests
{
    private static IEnumerable<object[]> Spellings()
    {
        yield return ["host", new[] { "127.0.0.1", "::1", "[::]" }, new[] { "127.0.0.1", "::1", "::" }];
        yield return ["port", new[] { "0", "1", "65535" }, new[] { "0", "1", "65535" }];
        yield return ["engine", new[] { "kestrel", "HttpListener", "Kestrel" }, new[] { "Kestrel", "HttpListener", "Kestrel" }];
        yield return ["tls", new[] { "adhoc", "c.pem, k.pem", "/a/c.pem,k.pem" }, new[] { "adhoc", "~/c.pem,~/k.pem", "/a/c.pem,~/k.pem" }];
        yield return ["tls-port", new[] { "0", "1", "65535" }, new[] { "0", "1", "65535" }];
        yield return ["log", new[] { "debug", "Warning", "ERROR" }, new[] { "Debug", "Warning", "Error" }];
        yield return ["listen", new[] { "1", "2", "1000000" }, new[] { "1", "2", "1000000" }];
        yield return ["buffer", new[] { "4096", "64KiB", "64MiB" }, new[] { "4096", "65536", "67108864" }];
        yield return ["store", new[] { "a", "b/c", "/d" }, new[] { "~/a", "~/b/c", "/d" }];
        yield return ["hash", new[] { "md5", "SHA1", "sha512" }, new[] { "md5", "sha1", "sha512" }];
        yield return ["durability", new[] { "none", "fsync", "NONE" }, new[] { "False", "True", "False" }];
        yield return ["max-upload", new[] { "1", "500MB", "2GiB" }, new[] { "1", "500000000", "2147483648" }];
        yield return ["cache", new[] { "0", "1KB", "1KiB" }, new[] { "0", "1000", "1024" }];
        yield return ["grace", new[] { "5", "90s", "1h" }, new[] { "00:00:05", "00:01:30", "01:00:00" }];
        yield return ["pid-file", new[] { "a", "b/c", "/d" }, new[] { "~/a", "~/b/c", "/d" }];
        yield return ["export", new[] { "a=b", "a=/c", "a=d/e" }, new[] { "a=~/b", "a=/c", "a=~/d/e" }];
        yield return ["callback-hosts", new[] { "a", "b", "::1" }, new[] { "a", "a b", "a b ::1" }];
        yield return ["jobs", new[] { "true", "false", "true" }, new[] { "True", "False", "True" }];
        yield return ["jobs-max-concurrent", new[] { "1", "2", "1000" }, new[] { "1", "2", "1000" }];
        yield return ["jobs-max-queued", new[] { "1", "2", "1000000" }, new[] { "1", "2", "1000000" }];
        yield return ["jobs-timeout", new[] { "00:00:05", "90", "1.00:00:00" }, new[] { "00:00:05", "00:01:30", "1.00:00:00" }];
        yield return ["jobs-max-output", new[] { "0", "1KiB", "1MB" }, new[] { "0", "1024", "1000000" }];
        yield return ["jobs-shell", new[] { "a", "/bin/bash", "b/c" }, new[] { "~/a", "/bin/bash", "~/b/c" }];
        yield return ["tasks", new[] { "1.json", "2.json", "3.json" }, new[] { "~/1.json", "~/2.json", "~/3.json" }];
        yield return ["tasks-base-path", new[] { "/", "/a", "/б в" }, new[] { "", "/a", "/б в" }];
        yield return ["tasks-items",
            new[] { """[{"id":7,"name":"a"}]""", """[ /* two */ {"id":2,"name":"б","file":"f"}, {"id":1,"name":"c"},]""", """[{"id":1,"name":"a","file":"/g"}]""" },
            new[] { "7=a=", "2=б=~/f 1=c=", "1=a=/g" }];
        yield return ["tasks-report-max-size", new[] { "1", "1KiB", "10MB" }, new[] { "1", "1024", "10000000" }];
        yield return ["tasks-report-content-types", new[] { "a/b", "image/*", "application/vnd.x+json" }, new[] { "a/b", "a/b image/*", "a/b image/* application/vnd.x+json" }];
        yield return ["tasks-report-required-fields", new[] { "a", "поле", "c d" }, new[] { "a", "a|поле", "a|поле|c d" }];
        yield return ["log-file", new[] { "a", "b/c", "/d" }, new[] { "~/a", "~/b/c", "/d" }];
        yield return ["upstream", new[] { "http://a/", "https://b:8001/upload?x=1", "http://[::1]/u" }, new[] { "http://a/", "https://b:8001/upload?x=1", "http://[::1]/u" }];
        yield return ["upstream-insecure", new[] { "true", "false", "true" }, new[] { "True", "False", "True" }];
        yield return ["relay-ca", new[] { "a", "b/c", "/d" }, new[] { "~/a", "~/b/c", "/d" }];
        yield return ["relay-headers", new[] { "X-A=1", "X-B=2", "X-A=3=4" }, new[] { "X-A=1", "X-A=1 X-B=2", "X-A=3=4 X-B=2" }];
        yield return ["relay-connect-timeout", new[] { "00:00:05", "90", "1.00:00:00" }, new[] { "00:00:05", "00:01:30", "1.00:00:00" }];
        yield return ["relay-timeout", new[] { "00:00:05", "90", "1.00:00:00" }, new[] { "00:00:05", "00:01:30", "1.00:00:00" }];
        yield return ["relay-roots", new[] { "a", "/b", "c/d" }, new[] { "~/a", "~/a /b", "~/a /b ~/c/d" }];
        yield return ["relay-hosts", new[] { "A.example", "10.0.0.1:80", "[::1]:8080" }, new[] { "a.example", "a.example 10.0.0.1:80", "a.example 10.0.0.1:80 ::1:8080" }];
        yield return ["relay-rules-max-size", new[] { "1", "1KiB", "100MB" }, new[] { "1", "1024", "100000000" }];
        yield return ["relay-rules-extensions", new[] { ".gz", ".tar.gz", ".Zip" }, new[] { ".gz", ".gz .tar.gz", ".gz .tar.gz .Zip" }];
        yield return ["relay-rules-content-types", new[] { "application/gzip", "image/*", "text/plain" }, new[] { "application/gzip", "application/gzip image/*", "application/gzip image/* text/plain" }];
        yield return ["relay-rules-command", new[] { "[\"a\", \"-\"]", "[ \"b\", ]", "[\"./c\",/*no*/\"./d e\"]" }, new[] { "a -", "b", "~/c ./d e" }];
        yield return ["relay-rules-command-timeout", new[] { "00:00:05", "90", "1.00:00:00" }, new[] { "00:00:05", "00:01:30", "1.00:00:00" }];
    }

    private static string Show(DaemonOptions options, string setting) => $"{(object)(setting switch
    {
        "host" => options.Host,
        "port" => options.Port,
        "engine" => options.Engine,
        "tls" => !options.Tls.IsOn ? "off" : options.Tls.Certificate is null ? "adhoc" : $"{options.Tls.Certificate},{options.Tls.Key}",
        "tls-port" => options.TlsPort,
        "log" => options.LogLevel,
        "listen" => options.Listen,
        "buffer" => options.Buffer,
        "store" => options.Store,
        "hash" => options.Hash,
        "durability" => options.Durable,
        "max-upload" => options.MaxUpload,
        "cache" => options.Cache,
        "grace" => NameSettings.Of(options).Grace,
        "pid-file" => options.PidFile,
        "log-file" => options.LogFile,
        "export" => string.Join(' ', ExportSettings.Of(options).Directories.Select(export => $"{export.Key}={export.Value}")),
        "callback-hosts" => string.Join(' ', ExportSettings.Of(options).CallbackHosts),
        "jobs" => JobSettings.Of(options).IsEnabled,
        "jobs-max-concurrent" => JobSettings.Of(options).Queue.MaxConcurrent,
        "jobs-max-queued" => JobSettings.Of(options).Queue.MaxQueued,
        "jobs-timeout" => JobSettings.Of(options).Queue.Timeout,
        "jobs-max-output" => JobSettings.Of(options).Queue.MaxOutput,
        "jobs-shell" => JobSettings.Of(options).Queue.Shell,
        "tasks" => TaskSettings.Of(options).File ?? "",
        "tasks-base-path" => TaskSettings.Of(options).BasePath,
        "tasks-items" => string.Join(' ', TaskSettings.Of(options).Tasks.Items.Select(item => $"{item.Id}={item.Name}={item.File}")),
        "tasks-report-max-size" => TaskSettings.Of(options).Tasks.Rules.MaxSize,
        "tasks-report-content-types" => string.Join(' ', TaskSettings.Of(options).Tasks.Rules.ContentTypes),
        "tasks-report-required-fields" => string.Join('|', TaskSettings.Of(options).Tasks.Rules.RequiredFields),
        "upstream" => RelaySettings.Of(options).Upstream.Url?.OriginalString ?? "",
        "upstream-insecure" => RelaySettings.Of(options).Upstream.Insecure,
        "relay-ca" => RelaySettings.Of(options).Upstream.Authorities ?? "",
        "relay-headers" => string.Join(' ', RelaySettings.Of(options).Upstream.Headers.Select(field => $"{field.Key}={field.Value}")),
        "relay-connect-timeout" => RelaySettings.Of(options).Upstream.ConnectTimeout,
        "relay-timeout" => RelaySettings.Of(options).Upstream.Timeout,
        "relay-roots" => string.Join(' ', RelaySettings.Of(options).Roots),
        "relay-hosts" => string.Join(' ', RelaySettings.Of(options).Hosts.Select(host => host.Port is { } port ? $"{host.Host}:{port}" : host.Host)),
        "relay-rules-max-size" => RelaySettings.Of(options).Rules.MaxSize,
        "relay-rules-extensions" => string.Join(' ', RelaySettings.Of(options).Rules.Extensions),
        "relay-rules-content-types" => string.Join(' ', RelaySettings.Of(options).Rules.ContentTypes),
        "relay-rules-command" => string.Join(' ', RelaySettings.Of(options).Rules.Command),
        "relay-rules-command-timeout" => RelaySettings.Of(options).Rules.CommandTimeout,
        _ => throw new ArgumentException(setting),
    })}";
}
