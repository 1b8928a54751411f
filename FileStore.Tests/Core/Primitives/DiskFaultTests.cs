using FileStore.Core.Primitives;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

/// <summary>The table from errno to <see cref="DiskFault"/>.</summary>
[TestFixture]
public sealed class DiskFaultTests
{
    [TestCase(28, DiskFault.NoSpace)] // ENOSPC
    [TestCase(122, DiskFault.NoSpace)] // EDQUOT
    [TestCase(27, DiskFault.FileTooLarge)] // EFBIG
    [TestCase(30, DiskFault.Denied)] // EROFS
    [TestCase(13, DiskFault.Denied)] // EACCES
    [TestCase(1, DiskFault.Denied)] // EPERM
    [TestCase(2, DiskFault.Unavailable)] // ENOENT
    [TestCase(11, DiskFault.Unavailable)] // EAGAIN
    [TestCase(12, DiskFault.Unavailable)] // ENOMEM
    [TestCase(23, DiskFault.Unavailable)] // ENFILE
    [TestCase(24, DiskFault.Unavailable)] // EMFILE
    [TestCase(107, DiskFault.Unavailable)] // ENOTCONN
    [TestCase(116, DiskFault.Unavailable)] // ESTALE
    [TestCase(5, DiskFault.Failed)] // EIO
    [TestCase(22, DiskFault.Failed)] // EINVAL
    public void An_errno_has_a_kind(int errno, DiskFault kind) => DiskFaults.Of(new IOException("it failed", errno)).Should().Be(kind);

    [Test]
    public void An_exception_that_dotnet_makes_of_an_errno_has_its_kind()
    {
        DiskFaults.Of(new UnauthorizedAccessException()).Should().Be(DiskFault.Denied);
        DiskFaults.Of(new FileNotFoundException()).Should().Be(DiskFault.Unavailable);
        DiskFaults.Of(new DirectoryNotFoundException()).Should().Be(DiskFault.Unavailable);
        DiskFaults.Of(new ArgumentOutOfRangeException("value")).Should().Be(DiskFault.FileTooLarge);
    }

    [Test]
    public void An_exception_that_is_not_of_the_file_system_has_no_kind()
    {
        DiskFaults.Of(null).Should().BeNull();
        DiskFaults.Of(new InvalidOperationException()).Should().BeNull();
        DiskFaults.Of(new ArgumentOutOfRangeException("offset")).Should().BeNull();
    }
}
