using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace FileStore.Tests.Support;

/// <summary>How a file can be put into a request.</summary>
internal enum BodyKind
{
    Raw,
    Chunked,
    Form,
}

/// <summary>Content for uploads, and what is expected of a store's folder afterwards.</summary>
internal static class Uploads
{
    /// <summary>Bytes that no other test has.</summary>
    public static byte[] Fresh(int count) => RandomNumberGenerator.GetBytes(count);

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static HttpRequestMessage Post(byte[] content, BodyKind kind = BodyKind.Raw)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(content) };
        if (kind == BodyKind.Form)
            request.Content = new MultipartFormDataContent { { request.Content, "f", "file.bin" } };
        else
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Headers.TransferEncodingChunked = kind == BodyKind.Chunked;
        return request;
    }

    /// <summary>Where a blob lies.</summary>
    public static string PathIn(string store, string hash) => Path.Join(store, hash[..2], hash);

    /// <summary>The blobs' files whose bytes are not what their names say.</summary>
    public static string[] Broken(string store) =>
        [.. Blobs(store).Where(path => Sha256(File.ReadAllBytes(path)) != Path.GetFileName(path))];

    /// <summary>Everything that lies where blobs lie.</summary>
    public static IEnumerable<string> Blobs(string store) =>
        Directory.EnumerateDirectories(store).Where(folder => Path.GetFileName(folder).Length == 2).SelectMany(Directory.EnumerateFileSystemEntries);

    /// <summary>Uploads that were begun and not ended.</summary>
    public static string[] Unfinished(string store) => Directory.GetFileSystemEntries(Path.Join(store, ".incoming"));
}
