using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// Memory for what connections of Kestrel read and write, in blocks of a size at which a file is moved quickly. Its own
/// have 4 KiB. A connection has blocks only while there is something in them.
/// </summary>
internal sealed class KestrelMemory : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    /// <summary>Bytes of answers that Kestrel holds for a connection before writing waits, and the kernel besides what is on its way.</summary>
    internal const int MaxUnsent = 256 << 10;

    private const int BlockSize = 64 << 10;

    public override int MaxBufferSize => int.MaxValue;

    /// <summary>Options for connections with this memory. A test fails as soon as the runtime has no such option any more.</summary>
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
        // Shared by all connections, and by the arrays' pool, which outlives them.
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_MemoryPoolFactory")]
    private static extern void SetFactory(SocketConnectionFactoryOptions options, IMemoryPoolFactory<byte> factory);
}
