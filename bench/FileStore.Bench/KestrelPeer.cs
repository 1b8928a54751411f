using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FileStore.Bench;

/// <summary>
/// What somebody would write in an afternoon to do the same on Kestrel: GET of a name sends the file, PUT of a name stores it
/// (hashed, written aside, flushed, renamed, its folder flushed), DELETE removes it. It keeps no log.
/// </summary>
internal static partial class KestrelPeer
{
    /// <param name="port">Where it listens.</param>
    /// <param name="store">What it sends.</param>
    /// <param name="folder">Where uploads go.</param>
    /// <param name="certificate">For TLS: the files of a certificate and its key (PEM); nothing for plain HTTP.</param>
    internal static Task RunAsync(int port, string store, string folder, string[] certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenLocalhost(port, listen =>
            {
                if (certificate is [var chain, var key])
                    listen.UseHttps(X509Certificate2.CreateFromPemFile(chain, key));
            });
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        app.Run(context => context.Request.Method switch
        {
            "GET" => SendAsync(context, Path.Join(store, context.Request.Path)),
            "PUT" => StoreAsync(context, folder, Path.GetFileName(context.Request.Path)),
            _ => RemoveAsync(context, Path.Join(store, context.Request.Path)),
        });
        return app.RunAsync();
    }

    private static async Task SendAsync(HttpContext context, string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            context.Response.StatusCode = 404;
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = file.Length;
        await context.Response.SendFileAsync(path);
    }

    private static async Task StoreAsync(HttpContext context, string folder, string name)
    {
        var temporary = Path.Join(folder, $".{Guid.NewGuid():N}");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            var buffer = new byte[128 << 10];
            int count;
            while ((count = await context.Request.Body.ReadAsync(buffer)) > 0)
            {
                hash.AppendData(buffer, 0, count);
                await file.WriteAsync(buffer.AsMemory(0, count));
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path.Join(folder, name), overwrite: true);
        FlushFolder(folder);
        await context.Response.WriteAsync(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static Task RemoveAsync(HttpContext context, string path)
    {
        File.Delete(path);
        FlushFolder(Path.GetDirectoryName(path)!);
        return context.Response.WriteAsync("deleted");
    }

    private static void FlushFolder(string folder)
    {
        const int directory = 0x10000;
        var descriptor = open(folder, directory);
        if (descriptor < 0 || fsync(descriptor) != 0 || close(descriptor) != 0)
            throw new IOException($"cannot flush {folder}");
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
