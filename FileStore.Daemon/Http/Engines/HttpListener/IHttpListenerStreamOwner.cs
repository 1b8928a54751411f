using System.Net;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>Receives the events of connections.</summary>
internal interface IHttpListenerStreamOwner
{
    /// <summary>HttpListener has parsed a request.</summary>
    /// <param name="previous">
    /// The exchange whose completion produced this request synchronously, so that it is still on the stack; null if there
    /// is none.
    /// </param>
    void OnRequest(HttpListenerExchange? previous);

    /// <summary>A malformed request was rejected.</summary>
    void OnRefused(IPAddress client, int status, long bytes);
}
