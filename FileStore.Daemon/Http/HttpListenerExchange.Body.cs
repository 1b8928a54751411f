using System.Runtime.InteropServices;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http;

internal sealed partial class HttpListenerExchange
{
    /// <summary>The body as HttpListener decodes it, less its habit of taking a cut chunked body for a whole one.</summary>
    private sealed class BodyStream(HttpListenerExchange exchange, Stream decoded) : ReadOnlyStream
    {
        private bool _sawEnd;

        internal long Count { get; private set; }

        internal bool IsAtEnd => _sawEnd || !exchange.HasBody || Count == exchange.ContentLength;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.Length == 0 || IsAtEnd)
                return 0;
            int count;
            try
            {
                count = MemoryMarshal.TryGetArray<byte>(buffer, out var array)
#pragma warning disable CA1835
                    ? await decoded.ReadAsync(array.Array!, array.Offset, array.Count, cancellationToken)
#pragma warning restore CA1835
                    : await decoded.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception e) when (IsClientGone(e))
            {
                throw new BodyCutException(exchange._wire.BodyFault ?? "the connection broke in the request's body", e);
            }

            if (count == 0 && exchange._wire.BodyFault is { } fault)
                throw new BodyCutException(fault);
            _sawEnd = count == 0;
            Count += count;
            return count;
        }
    }
}
