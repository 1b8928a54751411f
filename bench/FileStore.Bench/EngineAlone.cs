using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace FileStore.Bench;

/// <summary>
/// HttpListener or Kestrel as it comes, and an answer that is the same bytes from memory every time: no file, no route, no
/// check and no log. It says about how much of what a daemon lacks is its own doing.
/// </summary>
internal static class EngineAlone
{
    /// <param name="engine"><c>httplistener</c> or <c>kestrel</c>.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="size">Bytes of an answer.</param>
    /// <param name="certificate">As <see cref="KestrelPeer"/> takes it.</param>
    internal static Task RunAsync(string engine, int port, int size, string[] certificate)
    {
        var bytes = new byte[size];
        Random.Shared.NextBytes(bytes);
        return engine == "kestrel" ? RunKestrelAsync(port, bytes, certificate) : RunListenerAsync(port, bytes);
    }

    private static async Task RunListenerAsync(int port, byte[] bytes)
    {
        using var listener = new HttpListener();
        listener.Prefixes.Add($"http://*:{port}/");
        listener.Start();
        Console.WriteLine("listening");
        while (true)
            _ = AnswerAsync((await listener.GetContextAsync()).Response, bytes);
    }

    private static async Task AnswerAsync(HttpListenerResponse answer, byte[] bytes)
    {
        try
        {
            answer.ContentLength64 = bytes.Length;
#pragma warning disable CA1835 // a ReadOnlyMemory would make it send head and body by themselves, and wait 40 ms between
            await answer.OutputStream.WriteAsync(bytes, 0, bytes.Length);
#pragma warning restore CA1835
            answer.Close();
        }
        catch (HttpListenerException)
        {
            answer.Abort(); // the client has seen enough
        }
    }

    private static async Task RunKestrelAsync(int port, byte[] bytes, string[] certificate)
    {
        var builder = KestrelPeer.Builder(port, certificate);
        await using var app = builder.Build();
        await app.Services.GetRequiredService<IServer>().StartAsync(new SameAnswer(bytes), CancellationToken.None);
        Console.WriteLine("listening");
        await Task.Delay(Timeout.Infinite);
    }

    private sealed class SameAnswer(byte[] bytes) : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public Task ProcessRequestAsync(IFeatureCollection context)
        {
            context.GetRequiredFeature<IHttpResponseFeature>().Headers.ContentLength = bytes.Length;
            return context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(bytes).AsTask();
        }

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }
    }
}
