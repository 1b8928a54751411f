using System.Diagnostics.CodeAnalysis;

namespace FileStore.Daemon.Http;

/// <summary>
/// Finds the route of a request. From the table alone come 404, 405 with Allow, OPTIONS and HEAD. In each segment, a literal
/// is preferred to <c>{name}</c>, and that to <c>{**name}</c>, whatever the order of the routes.
/// </summary>
internal sealed class RouteTable
{
    private readonly Node _root = new();

    /// <exception cref="ArgumentException">A route needs no single scope, has a pattern that cannot be, or is given twice.</exception>
    internal RouteTable(IReadOnlyCollection<Route> routes)
    {
        All = routes;
        if (routes.FirstOrDefault(route => !Enum.IsDefined(route.Scope)) is { } open)
            throw new ArgumentException($"the route {open.Method} {open.Pattern} needs one scope, not '{open.Scope}'", nameof(routes));
        foreach (var route in routes)
            _root.Add(route, route.Pattern[1..].Split('/'));
        AllowAnywhere = Node.Allowed(routes.Select(route => route.Method).Concat(routes.Any(route => route.Method == "GET") ? ["HEAD"] : []));
    }

    /// <summary>The routes, as they were given.</summary>
    internal IReadOnlyCollection<Route> All { get; }

    /// <summary>Every method that some path has, for <c>OPTIONS *</c>.</summary>
    internal string AllowAnywhere { get; }

    /// <summary>Finds the route of a request.</summary>
    /// <param name="method">The request's method; methods are case-sensitive (RFC 9110, 9.1).</param>
    /// <param name="segments">The request's path.</param>
    /// <param name="route">The route, if there is one.</param>
    /// <param name="values">The values of the pattern's parameters, in their order.</param>
    /// <param name="allow">The methods of this path, as <c>Allow</c> has them; null if the path is unknown.</param>
    internal bool TryFind(string method, string[] segments, [NotNullWhen(true)] out Route? route, out string[] values, out string? allow)
    {
        values = [];
        if (_root.Find(segments, 0, 0, ref values) is { } node)
        {
            allow = node.Allow;
            return node.Methods.TryGetValue(method, out route) || (method == "HEAD" && node.Methods.TryGetValue("GET", out route));
        }

        (route, allow) = (null, null);
        return false;
    }

    /// <summary>A segment of the patterns. The tree is as deep as the longest pattern, whatever the request's path.</summary>
    private sealed class Node
    {
        private readonly Dictionary<string, Node> _literals = new(StringComparer.Ordinal);
        private Node? _any;
        private Node? _rest;

        internal Dictionary<string, Route> Methods { get; } = new(StringComparer.Ordinal);

        internal string Allow { get; private set; } = "";

        internal static string Allowed(IEnumerable<string> methods) =>
            string.Join(", ", methods.Append("OPTIONS").Distinct().Order(StringComparer.Ordinal));

        internal void Add(Route route, ReadOnlySpan<string> segments)
        {
            if (!segments.IsEmpty)
            {
                ChildOf(route, segments[0], isLast: segments.Length == 1).Add(route, segments[1..]);
                return;
            }

            if (!Methods.TryAdd(route.Method, route))
                throw new ArgumentException($"{route.Method} {route.Pattern} is the path of {Methods[route.Method].Pattern} too");
            Allow = Allowed(Methods.ContainsKey("GET") ? Methods.Keys.Append("HEAD") : Methods.Keys);
        }

        /// <summary>The node whose path this is; null if there is none.</summary>
        /// <param name="segments">The path.</param>
        /// <param name="depth">How many of them lead here.</param>
        /// <param name="count">How many of those are values.</param>
        /// <param name="values">Takes the values.</param>
        internal Node? Find(string[] segments, int depth, int count, ref string[] values)
        {
            if (depth == segments.Length)
            {
                if (Methods.Count == 0)
                    return null;
                values = count == 0 ? [] : new string[count];
                return this;
            }

            if (_literals.TryGetValue(segments[depth], out var literal) && literal.Find(segments, depth + 1, count, ref values) is { } exact)
                return exact;
            if (segments[depth].Length > 0 && _any?.Find(segments, depth + 1, count + 1, ref values) is { } any)
            {
                values[count] = segments[depth];
                return any;
            }

            if (_rest is null)
                return null;
            values = new string[count + 1];
            values[count] = string.Join('/', segments[depth..]);
            return _rest;
        }

        private Node ChildOf(Route route, string segment, bool isLast)
        {
            if (segment.StartsWith("{**", StringComparison.Ordinal))
                return isLast ? _rest ??= new Node() : throw new ArgumentException($"{route.Pattern}: {segment} has to be the last segment");
            if (segment.StartsWith('{'))
                return _any ??= new Node();
            if (!_literals.TryGetValue(segment, out var child))
                _literals.Add(segment, child = new Node());
            return child;
        }
    }
}
