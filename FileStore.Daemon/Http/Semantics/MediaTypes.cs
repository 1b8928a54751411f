using Microsoft.AspNetCore.StaticFiles;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Media types by file name.</summary>
internal static class MediaTypes
{
    // The library has outdated, unregistered types for these.
    private static readonly FileExtensionContentTypeProvider Types = new()
    {
        Mappings = { [".zip"] = "application/zip", [".gz"] = "application/gzip", [".tgz"] = "application/gzip" },
    };

    /// <summary>The media type of a file name's extension; <c>application/octet-stream</c> if it is unknown.</summary>
    internal static string Of(string? name) => name is not null && Types.TryGetContentType(name, out var type) ? type : "application/octet-stream";
}
