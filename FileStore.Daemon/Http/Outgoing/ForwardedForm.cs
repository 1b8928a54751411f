using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>A form field that is not a file.</summary>
internal sealed record FormField(string Name, string? ContentType, byte[] Value);

/// <summary>A file to forward.</summary>
/// <param name="FieldName">The name of its form field.</param>
/// <param name="FileName">The file's name without directories.</param>
/// <param name="ContentType">Its media type; null for none.</param>
/// <param name="Content">Its content. It stays the caller's to dispose.</param>
/// <param name="OtherFields">The other fields of the form, which precede the file.</param>
internal sealed record ForwardedFile(string FieldName, string FileName, string? ContentType, OpenContent Content, IReadOnlyList<FormField> OtherFields);

/// <summary>Makes the form in which an upload is forwarded (RFC 7578). It has a known length and can be sent once.</summary>
internal static class ForwardedForm
{
    private const int BufferSize = 128 << 10;

    /// <param name="file">The file.</param>
    /// <param name="isRefused">Whether the peer wants no more of it, so that it need not be read.</param>
    internal static MultipartFormDataContent Of(ForwardedFile file, Func<bool> isRefused)
    {
        // A random boundary, so that no file can contain it and end its part early.
        var form = new MultipartFormDataContent($"filestore-{RandomNumberGenerator.GetHexString(32, lowercase: true)}")
        {
            HeaderEncodingSelector = (_, _) => Encoding.UTF8,
        };
        foreach (var field in file.OtherFields)
            form.Add(Part(new ByteArrayContent(field.Value), $"form-data; name=\"{Escape(field.Name)}\"", field.ContentType));
        form.Add(Part(new FileContent(file.Content, isRefused), $"form-data; name=\"{Escape(file.FieldName)}\"; filename=\"{Escape(file.FileName)}\"", file.ContentType));
        return form;
    }

    private static HttpContent Part(HttpContent content, string disposition, string? type)
    {
        content.Headers.TryAddWithoutValidation("Content-Disposition", disposition);
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    /// <summary>
    /// Escapes as browsers do (HTML, "multipart/form-data encoding algorithm"). RFC 7578 (4.2) forbids <c>filename*</c>
    /// here.
    /// </summary>
    private static string Escape(string name) => name.Replace("\"", "%22", StringComparison.Ordinal)
        .Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    /// <summary>A file's content, read on demand.</summary>
    private sealed class FileContent(OpenContent file, Func<bool> isRefused) : HttpContent
    {
        protected override bool TryComputeLength(out long length)
        {
            length = file.Length;
            return true;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                for (long offset = 0; offset < file.Length;)
                {
                    var count = (int)Math.Min(buffer.Length, file.Length - offset);
                    if (!isRefused())
                        count = await file.ReadAsync(offset, buffer.AsMemory(0, count), cancellationToken);
                    if (count == 0)
                        throw new EndOfStreamException($"the file ends before its length of {file.Length} bytes");
                    await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                    offset += count;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
