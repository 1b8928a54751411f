// Types that break the order of the layers, each in its own way: what LayersTests has to find.
#pragma warning disable CA1812, CA1822, CA1852, CS0169, CS0649, IDE0044, IDE0051, IDE0052, IDE0060

namespace FileStore.Tests.Rules.Marks.Core.Primitives
{
    using FileStore.Tests.Rules.Marks.Core.Blobs;

    internal sealed class InBase : Open;

    internal sealed class InInterface : IUsed;

    internal sealed class InField
    {
        internal Used? Field;
    }

    internal sealed class InSignature
    {
        internal List<Used[]>? Method() => null;
    }

    internal sealed class InParameter
    {
        internal void Method(ref Used used) => _ = 0;
    }

    internal sealed class InCall
    {
        internal int Method() => Used.Number();
    }

    internal sealed class InTypeArgument
    {
        internal object Method() => Array.Empty<Used>();
    }

    internal sealed class InConstraint
    {
        internal void Method<T>()
            where T : IUsed => _ = 0;
    }

    [Used]
    internal sealed class InAttribute;

    internal sealed class InTypeof
    {
        internal string Method() => typeof(Used).Name;
    }

    internal sealed class InCatch
    {
        internal void Method()
        {
            try
            {
                GC.Collect(0);
            }
            catch (UsedException)
            {
                // Nothing to do.
            }
        }
    }

    internal sealed class InLambda
    {
        internal Func<int> Method(int more) => () => more + Used.Number();
    }

    internal sealed class InAsynchronousCode
    {
        internal async Task<int> MethodAsync()
        {
            await Task.Yield();
            return Used.Number();
        }
    }

    internal sealed class InNestedType
    {
        internal sealed class Nested
        {
            internal Used? Field;
        }
    }
}

namespace FileStore.Tests.Rules.Marks.Core.Blobs
{
    internal interface IUsed;

    internal class Open;

    [AttributeUsage(AttributeTargets.Class)]
    internal sealed class UsedAttribute : Attribute;

    internal sealed class UsedException : Exception;

    internal sealed class Used
    {
        internal static int Number() => Primitives.Low.Number() + Environment.ProcessId;
    }

    internal sealed class OfTheSameLayer
    {
        internal Processes.Used? Field;
    }

    internal sealed class OfTheDaemon
    {
        internal Daemon.Http.Used? Field;
    }

    internal sealed class OfTheConsole
    {
        internal void Method() => Console.WriteLine();
    }

    internal sealed class OfTheEnvironment
    {
        internal string? Method() => Environment.GetEnvironmentVariable("x");
    }

    internal sealed class OfTheNetwork
    {
        internal System.Net.Http.HttpClient? Field;
    }

    internal sealed class OfTheFramework
    {
        internal Microsoft.AspNetCore.Http.HttpContext? Field;
    }
}

namespace FileStore.Tests.Rules.Marks.Core.Primitives
{
    internal static class Low
    {
        internal static int Number() => 1;
    }
}

namespace FileStore.Tests.Rules.Marks.Core.Processes
{
    internal sealed class Used
    {
        internal Primitives.InTypeof? Field;
    }
}

namespace FileStore.Tests.Rules.Marks.Daemon.Http
{
    internal sealed class Used
    {
        internal Core.Blobs.Used? Field;
    }

    internal sealed class OfAFeature
    {
        internal Features.Jobs.Used? Field;
    }

    internal sealed class OfAnEngine
    {
        internal Engines.Kestrel.Used? Field;
    }
}

namespace FileStore.Tests.Rules.Marks.Daemon.Http.Engines.Kestrel
{
    internal sealed class Used
    {
        internal Http.Used? Field;
    }
}

namespace FileStore.Tests.Rules.Marks.Daemon.Http.Engines.HttpListener
{
    internal sealed class OfTheOtherEngine
    {
        internal Kestrel.Used? Field;
    }
}

namespace FileStore.Tests.Rules.Marks.Daemon.Features.Jobs
{
    internal sealed class Used
    {
        internal Http.Used? Field;
    }
}

namespace FileStore.Tests.Rules.Marks.Daemon.Features.Tasks
{
    internal sealed class OfAnotherFeature
    {
        internal Jobs.Used? Field;
    }

    internal sealed class OfTheHost
    {
        internal Hosting.Used? Field;
    }
}

namespace FileStore.Tests.Rules.Marks.Daemon.Hosting
{
    internal sealed class Used
    {
        internal Features.Jobs.Used? Field;
    }

    internal sealed class OfTheCommandLine
    {
        internal Cli.Used? Field;
    }
}

namespace FileStore.Tests.Rules.Marks.Daemon.Cli
{
    internal sealed class Used
    {
        internal Hosting.Used? Field;
    }
}

namespace FileStore.Tests.Rules.Marks.Daemon.Attic
{
    internal sealed class WithoutAPlace
    {
        internal object? Field;
    }
}
