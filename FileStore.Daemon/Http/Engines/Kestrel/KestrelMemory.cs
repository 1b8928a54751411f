using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// The memory pool of Kestrel's connections, with blocks large enough to transfer files quickly. Kestrel's own have 4 KiB.
/// A connection holds blocks only while they contain data.
/// </summary>
internal sealed class KestrelMemory : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    /// <summary>
    /// Bytes of response data per connection that Kestrel buffers before writes wait, and also the limit of unsent data in
    /// the kernel.
    /// </summary>
    internal const int MaxUnsent = 256 << 10;

    private const int BlockSize = 64 << 10;

    public override int MaxBufferSize => int.MaxValue;

    /// <summary>Options for connections with this memory. A test fails when the runtime no longer has the option.</summary>
    internal static SocketConnectionFactoryOptions Options()
    {
        var options = new SocketConnectionFactoryOptions { MaxWriteBufferSize = MaxUnsent };
        SetFactory(options, new KestrelMemory());
        return options;
    }

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, BlockSize));

    protected override void Dispose(bool disposing)
    {
        // All connections share it, and the array pool outlives them.
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_MemoryPoolFactory")]
    private static extern void SetFactory(SocketConnectionFactoryOptions options, IMemoryPoolFactory<byte> factory);
}
