using FileStore.Core.Exports;
using FluentAssertions;

namespace FileStore.Tests.Core.Exports;

[TestFixture]
public sealed class ArchiveNameTests
{
    [TestCase("db-log-01.txt", "db-log-01.zip", "db-log-01.txt.gz", "db-log-01.tgz")]
    [TestCase("db-dump.sql", "db-dump.zip", "db-dump.sql.gz", "db-dump.tgz")]
    [TestCase("Makefile", "Makefile.zip", "Makefile.gz", "Makefile.tgz")]
    [TestCase("a.b.c", "a.b.zip", "a.b.c.gz", "a.b.tgz")]
    [TestCase("a.", "a.zip", "a..gz", "a.tgz")]
    [TestCase("отчёт.pdf", "отчёт.zip", "отчёт.pdf.gz", "отчёт.tgz")]
    [TestCase("😀", "😀.zip", "😀.gz", "😀.tgz")]
    [TestCase("a.tgz", "a.zip", "a.tgz.gz", "a.tgz")]
    public void An_archive_is_named_after_its_file(string name, string zip, string gzip, string tar)
    {
        ArchiveName.Of(name, ArchiveFormat.Zip).Should().Be(zip);
        ArchiveName.Of(name, ArchiveFormat.Gzip).Should().Be(gzip);
        ArchiveName.Of(name, ArchiveFormat.TarGzip).Should().Be(tar);
    }

    [Test]
    public void An_unfinished_archive_has_a_unique_name_that_is_not_public()
    {
        var names = Enumerable.Range(0, 100).Select(_ => ArchiveName.NewUnfinishedName()).ToArray();

        names.Should().OnlyHaveUniqueItems().And.OnlyContain(name => !PublicName.IsValid(name) && name.EndsWith(ArchiveName.UnfinishedSuffix));
    }
}
