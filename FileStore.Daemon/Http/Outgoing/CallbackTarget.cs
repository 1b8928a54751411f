using System.Net;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>Where a callback goes.</summary>
/// <param name="Url">What is asked for there.</param>
/// <param name="Addresses">
/// The addresses that were found to be allowed, the only ones that may be connected to; null for a host that the
/// configuration allows by its name.
/// </param>
internal sealed record CallbackTarget(Uri Url, IPAddress[]? Addresses);
