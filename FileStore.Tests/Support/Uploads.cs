using System.Net.Http.Headers;

namespace FileStore.Tests.Support;

/// <summary>How a file can be put into a request.</summary>
internal enum BodyKind
{
    Raw,
    Chunked,
    Form,
}

/// <summary>Requests that upload.</summary>
internal static class Uploads
{
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
}
