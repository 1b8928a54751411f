using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// The services that Kestrel's TLS needs. Some are internal to Kestrel and can only be registered through a web host
/// builder; this one builds no host and returns the services.
/// </summary>
internal sealed class KestrelServices : IWebHostBuilder
{
    private readonly ServiceCollection _services = new();

    private KestrelServices()
    {
    }

    internal static IServiceProvider Provide(ILoggerFactory logging)
    {
        var builder = new KestrelServices();
        builder._services.AddSingleton(logging).AddMetrics();
        builder.UseKestrelCore();
        return builder._services.BuildServiceProvider();
    }

    public IWebHostBuilder ConfigureServices(Action<IServiceCollection> configureServices)
    {
        configureServices(_services);
        return this;
    }

    public IWebHostBuilder ConfigureServices(Action<WebHostBuilderContext, IServiceCollection> configureServices) =>
        ConfigureServices(services => configureServices(new WebHostBuilderContext(), services));

    public IWebHostBuilder ConfigureAppConfiguration(Action<WebHostBuilderContext, IConfigurationBuilder> configureDelegate) => this;

    public string? GetSetting(string key) => null;

    public IWebHostBuilder UseSetting(string key, string? value) => this;

#pragma warning disable ASPDEPR008 // the interface asks for it
    public IWebHost Build() => throw new NotSupportedException("there is no web host");
#pragma warning restore ASPDEPR008
}
