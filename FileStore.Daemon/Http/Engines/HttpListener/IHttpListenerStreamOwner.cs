using System.Net;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>Hears of what comes on connections.</summary>
internal interface IHttpListenerStreamOwner
{
    /// <summary>HttpListener has a request more.</summary>
    /// <param name="previous">The exchange whose end brought it to light, and which is still on the stack; null if there is none.</param>
    void OnRequest(HttpListenerExchange? previous);

    /// <summary>A request never became one.</summary>
    void OnRefused(IPAddress client, int status, long bytes);
}
