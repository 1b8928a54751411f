using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
[Category("Quick")]
public sealed class RangeStories(string engine) : DaemonFixture(engine, "--hash", "md5")
{
    private const long Huge = (1L << 32) + 10;

    // Downloads do not hash what they send, so a name that is right in form is enough for a file that is too long to hash.
    private const string HugeHash = "00000000000000000000000000000001";

    [OneTimeSetUp]
    public void PlantAHugeFile()
    {
        using var file = Store.Plant(HugeHash);
        file.SetLength(Huge);
        file.Position = 1L << 31;
        file.Write("in the middle"u8);
        file.Position = Huge - 7;
        file.Write("the end"u8);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4095)]
    [TestCase(4096)]
    [TestCase(4097)]
    [TestCase(200_000)]
    public async Task A_range_is_exactly_the_bytes_asked_for(int size)
    {
        var file = Sample.Random(size);
        var hash = await StoreAsync(file.Bytes);
        foreach (var (range, first, last) in Ranges(size))
        {
            using var answer = await Client.SendAsync("GET", $"/files/{hash}", null, ("Range", range));

            if (first > last)
            {
                await answer.ShouldBeProblemAsync(416);
                answer.Field("Content-Range").Should().Be($"bytes */{size}", range);
                continue;
            }

            answer.Status().Should().Be(206, range);
            answer.Field("Content-Range").Should().Be($"bytes {first}-{last}/{size}");
            answer.Field("Content-Length").Should().Be($"{last - first + 1}");
            answer.Field("ETag").Should().Be($"\"{hash}\"");
            answer.Field("Cache-Control").Should().StartWith("public");
            answer.Field("Repr-Digest").Should().StartWith("md5=:");
            answer.Field("Content-Type").Should().Be("application/octet-stream");
            (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(file.Bytes[(int)first..((int)last + 1)], range);
        }
    }

    [TestCase("lines=0-1")]
    [TestCase("bytes")]
    [TestCase("bytes=")]
    [TestCase("bytes=-")]
    [TestCase("bytes=5-2")]
    [TestCase("bytes=a-b")]
    [TestCase("bytes=0x0-5")]
    [TestCase("bytes=--5")]
    [TestCase("bytes=0-1,3-4")] // one range is served; of several, the whole file is the right answer
    public async Task A_header_that_is_not_one_range_of_bytes_is_ignored(string range)
    {
        var file = Sample.Random(100);
        var hash = await StoreAsync(file.Bytes);

        using var answer = await Client.SendAsync("GET", $"/files/{hash}", null, ("Range", range));

        answer.Status().Should().Be(200);
        (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(file.Bytes);
    }

    [Test]
    public async Task The_last_bytes_of_an_empty_file_are_the_whole_of_it()
    {
        var hash = await StoreAsync([]);

        using var answer = await Client.SendAsync("GET", $"/files/{hash}", null, ("Range", "bytes=-5"));

        answer.Status().Should().Be(200);
        answer.Field("Content-Length").Should().Be("0");
    }

    [Test]
    public async Task Head_has_no_ranges()
    {
        var hash = await StoreAsync(Sample.Random(100).Bytes);

        using var answer = await Client.SendAsync("HEAD", $"/files/{hash}", null, ("Range", "bytes=0-1"));

        answer.Status().Should().Be(200);
        answer.Field("Content-Length").Should().Be("100");
    }

    [TestCase("bytes=2147483648-2147483660", "in the middle")]
    [TestCase("bytes=4294967299-", "the end")]
    [TestCase("bytes=4294967299-4294967299", "t")]
    [TestCase("bytes=-3", "end")]
    [TestCase("bytes=4294967296-4294967296", "\0")]
    [TestCase("bytes=4294967305-99999999999", "d")]
    public async Task Ranges_reach_beyond_4_GiB(string range, string expected)
    {
        using var answer = await Client.SendAsync("GET", $"/files/{HugeHash}", null, ("Range", range));

        answer.Status().Should().Be(206);
        answer.Field("Content-Range").Should().EndWith($"/{Huge}");
        (await answer.TextAsync()).Should().Be(expected);
    }

    [Test]
    public async Task The_length_of_a_huge_file_is_told_whole()
    {
        using var head = await Client.SendAsync("HEAD", $"/files/{HugeHash}");
        using var beyond = await Client.SendAsync("GET", $"/files/{HugeHash}", null, ("Range", $"bytes={Huge}-"));

        head.Field("Content-Length").Should().Be($"{Huge}");
        await beyond.ShouldBeProblemAsync(416);
    }

    [Test]
    public async Task Pieces_make_the_whole()
    {
        var file = Sample.Random(1_000_000);
        var hash = await StoreAsync(file.Bytes);
        var pieces = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            using var answer = await Client.SendAsync("GET", $"/?file_hash={hash}", null, ("Range", $"bytes={i * 100_000}-{(i * 100_000) + 99_999}"));
            return await answer.Content.ReadAsByteArrayAsync();
        }));

        pieces.SelectMany(piece => piece).Should().Equal(file.Bytes);
    }

    /// <summary>Ranges with the bytes they mean in a file of this size; none where first is above last.</summary>
    private static IEnumerable<(string Range, long First, long Last)> Ranges(long size)
    {
        foreach (var first in (long[])[0, 1, 4095, 4096, size - 1, size, size + 1])
        {
            if (first < 0)
                continue;
            yield return ($"bytes={first}-", first, size - 1);
            yield return ($"bytes={first}-{first}", first, Math.Min(first, size - 1));
            yield return ($"bytes={first}-{first + 4096}", first, Math.Min(first + 4096, size - 1));
            yield return ($"BYTES={first}-{long.MaxValue}", first, size - 1);
            yield return ($"bytes={first}-99999999999999999999", first, size - 1);
        }

        foreach (var suffix in (string[])["0", "1", "4096", $"{size}", $"{size + 1}", "99999999999999999999"])
        {
            if (size > 0 || suffix == "0") // else it is the whole of an empty file, which has no Content-Range
                yield return ($"bytes=-{suffix}", suffix.Length > 9 ? 0 : Math.Max(0, size - long.Parse(suffix)), suffix == "0" ? -1 : size - 1);
        }
    }
}
