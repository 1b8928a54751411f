using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Operations;

/// <summary>The program's icon, which browsers ask for by themselves: GET of <c>/favicon.ico</c>.</summary>
internal static class FaviconEndpoint
{
    private static readonly byte[] Icon = Read();

    internal static Task SendAsync(Request request)
    {
        return request.RespondAsync(200, "image/vnd.microsoft.icon", Icon);
    }

    private static byte[] Read()
    {
        using var resource = typeof(FaviconEndpoint).Assembly.GetManifestResourceStream("favicon.ico")!;
        using var icon = new MemoryStream();
        resource.CopyTo(icon);
        return icon.ToArray();
    }
}
