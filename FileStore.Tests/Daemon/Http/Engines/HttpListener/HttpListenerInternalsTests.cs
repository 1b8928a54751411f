using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using FileStore.Daemon.Http.Engines.HttpListener;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines.HttpListener;

/// <summary>
/// The private members of HttpListener that are used still exist. If a new runtime changes one, the failure names it.
/// </summary>
[TestFixture]
public sealed class HttpListenerInternalsTests
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static IEnumerable<TestCaseData> Accessors() => typeof(HttpListenerInternals)
        .GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
        .Where(method => method.GetCustomAttribute<UnsafeAccessorAttribute>() is not null)
        .Select(method => new TestCaseData(method).SetArgDisplayNames(Describe(method)));

    [TestCaseSource(nameof(Accessors))]
    public void The_runtime_still_has(MethodInfo accessor) =>
        Find(accessor).Should().BeTrue($"HttpListenerInternals needs {Describe(accessor)}, which this runtime ({Environment.Version}) lacks");

    [Test]
    public void Every_accessor_is_looked_at() => Accessors().Should().HaveCountGreaterThanOrEqualTo(8);

    [Test]
    public async Task A_connection_handed_over_is_read_as_a_request_and_gives_its_stream_back()
    {
        using var listener = new System.Net.HttpListener();
        listener.Start();
        var endPointListener = HttpListenerInternals.NewEndPointListener(listener);
        using var accepting = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        accepting.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        accepting.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(accepting.LocalEndPoint!);
        using var accepted = await accepting.AcceptAsync();
        await using var stream = new NetworkStream(accepted);

        HttpListenerInternals.Attach(endPointListener, accepted, stream);
        await client.SendAsync("GET /any HTTP/1.1\r\nHost: any\r\n\r\n"u8.ToArray());
        var context = await listener.GetContextAsync().WaitAsync(TimeSpan.FromSeconds(20));

        context.Request.RawUrl.Should().Be("/any");
        HttpListenerInternals.StreamOf(context).Should().BeSameAs(stream);
        context.Response.Abort();
    }

    private static bool Find(MethodInfo accessor)
    {
        var attribute = accessor.GetCustomAttribute<UnsafeAccessorAttribute>()!;
        var parameters = accessor.GetParameters().Select(TypeOf).ToArray();
        var returned = TypeOf(accessor.ReturnParameter);
        if (returned is null || parameters.Any(type => type is null))
            return false;
        return attribute.Kind switch
        {
            UnsafeAccessorKind.Constructor => returned.GetConstructor(Any, parameters!) is not null,
            UnsafeAccessorKind.Method => parameters[0]!.GetMethod(attribute.Name!, Any, parameters[1..]!)?.ReturnType == returned,
            UnsafeAccessorKind.Field => parameters[0]!.GetField(attribute.Name!, Any)?.FieldType == returned,
            _ => false,
        };
    }

    /// <summary>The type of a parameter; null if the runtime has none of that name.</summary>
    private static Type? TypeOf(ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<UnsafeAccessorTypeAttribute>() is { } named)
            return Type.GetType(named.TypeName, throwOnError: false);
        return parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType() : parameter.ParameterType;
    }

    private static string Describe(MethodInfo accessor)
    {
        var attribute = accessor.GetCustomAttribute<UnsafeAccessorAttribute>()!;
        var owner = attribute.Kind == UnsafeAccessorKind.Constructor ? accessor.ReturnParameter : accessor.GetParameters()[0];
        var name = owner.GetCustomAttribute<UnsafeAccessorTypeAttribute>()?.TypeName.Split(',')[0] ?? owner.ParameterType.FullName;
        return attribute.Kind == UnsafeAccessorKind.Constructor ? $"the constructor of {name}" : $"{name}.{attribute.Name}";
    }
}
