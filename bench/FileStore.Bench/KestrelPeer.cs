using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FileStore.Bench;

/// <summary>
/// What somebody would write in an afternoon to do the same on Kestrel: GET sends a file, PUT stores one under its hash
/// (written aside, flushed, renamed into one of 256 folders, which is flushed), DELETE removes one. It keeps no log.
/// </summary>
internal static partial class KestrelPeer
{
    /// <param name="port">Where it listens.</param>
    /// <param name="store">What it sends.</param>
    /// <param name="folder">Where uploads go.</param>
    /// <param name="certificate">For TLS: the files of a certificate and its key (PEM); nothing for plain HTTP.</param>
    internal static Task RunAsync(int port, string store, string folder, string[] certificate)
    {
        var app = Builder(port, certificate).Build();
        for (var shard = 0; shard < 256; shard++)
            Directory.CreateDirectory(Path.Join(folder, $"{shard:x2}"));
        app.Run(context => context.Request.Method switch
        {
            "GET" => SendAsync(context, Path.Join(store, context.Request.Path)),
            "PUT" => StoreAsync(context, folder),
            _ => RemoveAsync(context, Path.Join(store, context.Request.Path)),
        });
        return app.RunAsync();
    }

    /// <summary>Kestrel on this port, without limits and without a log.</summary>
    internal static WebApplicationBuilder Builder(int port, string[] certificate)
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
        return builder;
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

    private static async Task StoreAsync(HttpContext context, string folder)
    {
        var temporary = Path.Join(folder, $".{Guid.NewGuid():N}");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            int count;
            while ((count = await context.Request.Body.ReadAsync(buffer)) > 0)
            {
                hash.AppendData(buffer, 0, count);
                await file.WriteAsync(buffer.AsMemory(0, count));
            }

            file.Flush(flushToDisk: true);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        var name = Convert.ToHexStringLower(hash.GetHashAndReset());
        File.Move(temporary, Path.Join(folder, name[..2], name), overwrite: true);
        FlushFolder(Path.Join(folder, name[..2]));
        await context.Response.WriteAsync(name);
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
