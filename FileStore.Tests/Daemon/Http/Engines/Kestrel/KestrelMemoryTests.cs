using System.Reflection;
using FileStore.Daemon.Http.Engines.Kestrel;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines.Kestrel;

[TestFixture]
public sealed class KestrelMemoryTests
{
    [Test]
    public void The_runtime_still_takes_memory_of_ours()
    {
        var options = KestrelMemory.Options();

        options.GetType().GetProperty("MemoryPoolFactory", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!
            .GetValue(options).Should().BeOfType<KestrelMemory>();
    }

    [TestCase(-1, 64 << 10)]
    [TestCase(4096, 64 << 10)]
    [TestCase(100_000, 100_000)]
    public void Blocks_are_large(int wanted, int atLeast)
    {
        using var pool = new KestrelMemory().Create(null);
        using var block = pool.Rent(wanted);

        block.Memory.Length.Should().BeGreaterThanOrEqualTo(atLeast);
    }
}
