using System.Security.Cryptography;
using FileStore.Core.Processes;
using FileStore.Core.Relay;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Daemon.Http.Semantics;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Relay;

/// <summary>Stores or forwards uploads for another API, by rules.</summary>
internal sealed class RelayFeature : IFeature
{
    public IReadOnlyList<OptionDefinition> Options => RelaySettings.Definitions;

    public IEnumerable<string> Warnings(DaemonOptions options) =>
        RelaySettings.Of(options).Upstream is { Insecure: true, Url: null } ? ["--upstream-insecure has no effect without --upstream"] : [];

    public IEnumerable<string> Validate(DaemonOptions options)
    {
        var settings = RelaySettings.Of(options);
        if (settings.Roots.FirstOrDefault(root => !Directory.Exists(root)) is { } missing)
            yield return $"relay.roots: {missing} is not a directory";
        if (UploadRules.Validate(settings.Rules with { Environment = options.ProgramEnvironment }) is { } fault)
            yield return $"relay.rules.{fault}";
        if (TrustFault(settings.Upstream) is { } untrusted)
            yield return untrusted;
    }

    public ValueTask<IOpenFeature> OpenAsync(FeatureContext context)
    {
        var settings = RelaySettings.Of(context.Options);
        if (TrustFault(settings.Upstream) is { } fault)
            throw new StartException(fault);
        return ValueTask.FromResult<IOpenFeature>(new Open(context, settings with { Rules = settings.Rules with { Environment = context.Options.ProgramEnvironment } }));
    }

    private static string? TrustFault(UpstreamOptions upstream)
    {
        try
        {
            _ = new CertificateTrust(upstream.Authorities);
            return null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return $"relay.ca: {upstream.Authorities} cannot be used: {e.Message}";
        }
    }

    private sealed class Open(FeatureContext context, RelaySettings settings) : IOpenFeature
    {
        public IReadOnlyList<Route> Routes { get; } = RoutesOf(context, settings);

        public Problem? Map(Exception failure) => failure switch
        {
            RuleViolationException => Problem.Unprocessable($"nothing was sent: {failure.Message}"),
            ProgramException => new(503, $"the upload could not be checked, and was neither kept nor sent: {failure.Message}", ("Retry-After", "10")),
            _ => null,
        };

        private static IReadOnlyList<Route> RoutesOf(FeatureContext context, RelaySettings settings)
        {
            var (options, time, server) = (context.Options, context.Time, settings.Upstream);
            var upstream = server.Url is null ? null
                : new Upstream(server, new CertificateTrust(server.Authorities, server.Insecure), time, context.Log);
            var forwarder = new Forwarder(context.Store, new UploadRules(settings.Rules, time), upstream, options.MaxUpload, options.Buffer);
            // A certificate of any other host is never just accepted.
            var fetch = new RemoteFetch(new RemoteFetchPolicy(settings.Hosts), new CertificateTrust(server.Authorities), server.ConnectTimeout, server.Timeout, time);
            var relay = new RelayEndpoint(context.Store, new UploadReceiver(context.Store, options.MaxUpload), forwarder, new LocalRoots(settings.Roots), fetch);
            return
            [
                new("POST", "/upload", Scope.Relay, relay.StoreAsync),
                new("POST", "/upload1", Scope.Relay, relay.ForwardAsync),
                new("POST", "/upload2", Scope.Relay, relay.ForwardFromLocationAsync),
            ];
        }
    }
}
