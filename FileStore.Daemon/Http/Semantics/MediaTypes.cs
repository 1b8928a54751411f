using Microsoft.AspNetCore.StaticFiles;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>What a file's name says about its content.</summary>
internal static class MediaTypes
{
    // The library knows these by names from before they were registered.
    private static readonly FileExtensionContentTypeProvider Types = new()
    {
        Mappings = { [".zip"] = "application/zip", [".gz"] = "application/gzip", [".tgz"] = "application/gzip" },
    };

    /// <summary>The media type of the extension; any bytes, if it says nothing.</summary>
    internal static string Of(string? name) => name is not null && Types.TryGetContentType(name, out var type) ? type : "application/octet-stream";
}
