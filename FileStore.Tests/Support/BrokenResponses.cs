namespace FileStore.Tests.Support;

/// <summary>What is no answer, or none that came whole: one byte a character (Latin-1).</summary>
internal static class BrokenResponses
{
    public static IEnumerable<TestCaseData> All()
    {
        static TestCaseData Case(string name, string bytes) => new TestCaseData(bytes).SetArgDisplayNames(name);
        yield return Case("nothing", "");
        yield return Case("half a status line", "HTTP/1.1 20");
        yield return Case("half a head", "HTTP/1.1 200 OK\r\nContent-");
        yield return Case("garbage", "SSH-2.0-OpenSSH_9.2\r\n");
        yield return Case("HTTP/2", "\0\0\u0012\u0004\0\0\0\0\0\0\u0003\0\0\0\u0080\0\u0004\0\u0001\0\0\0\u0005\0\u00ff\u00ff\u00ff");
        yield return Case("a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc");
        yield return Case("cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
        yield return Case("cut chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
        yield return Case("no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        yield return Case("bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n");
        yield return Case("escapes", "HTTP/1.1 200 OK\r\n\u001b[2Jbad\r\n\r\n");
    }
}
