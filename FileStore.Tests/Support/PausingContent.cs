using System.Net;

namespace FileStore.Tests.Support;

/// <summary>The body of an upload of which half is sent, then something happens, then the rest is sent.</summary>
internal sealed class PausingContent(byte[] bytes, bool announced, Func<Task> between) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
        await stream.FlushAsync();
        await between();
        await stream.WriteAsync(bytes.AsMemory(bytes.Length / 2));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes.Length;
        return announced;
    }
}
