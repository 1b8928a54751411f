using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
[Category("Quick")]
public sealed class DeleteStories(string engine) : DaemonFixture(engine)
{
    [TestCase("/?file_hash=", "")]
    [TestCase("/files/", """{"file_hash":"H","deleted":true}""")]
    public async Task A_deleted_file_is_gone_with_its_emptied_folder(string place, string body)
    {
        var file = Sample.Random(100);
        while (Directory.Exists(Path.GetDirectoryName(Store.PathOf(file.Hash))))
            file = Sample.Random(100); // one that shares its folder with what another test left
        var hash = await StoreAsync(file.Bytes);

        using var first = await Client.DeleteAsync(place + hash.ToUpperInvariant());
        using var again = await Client.DeleteAsync(place + hash);
        using var get = await Client.GetAsync(place + hash);
        using var head = await Client.SendAsync("HEAD", place + hash);

        first.Status().Should().Be(200);
        (await first.TextAsync()).Should().Be(body.Replace("H", hash));
        await again.ShouldBeProblemAsync(404);
        await get.ShouldBeProblemAsync(404);
        head.Status().Should().Be(404);
        Directory.Exists(Path.GetDirectoryName(Store.PathOf(hash))).Should().BeFalse();
    }

    [Test]
    public async Task A_folder_with_another_file_stays()
    {
        var hash = await StoreAsync(Sample.Random(100).Bytes);
        var neighbour = hash[..2] + new string('0', 62);
        Store.Plant(neighbour).Dispose();

        using var answer = await Client.DeleteAsync($"/files/{hash}");

        answer.Status().Should().Be(200);
        Store.Has(hash).Should().BeFalse();
        Store.Has(neighbour).Should().BeTrue();
    }

    [Test]
    public async Task A_file_that_is_asked_for_all_the_time_is_gone_at_once_too()
    {
        var file = Sample.Random(100);
        await StoreAsync(file.Bytes);
        for (var i = 0; i < 5; i++)
            (await Client.GetByteArrayAsync($"/files/{file.Hash}")).Should().Equal(file.Bytes);

        using var deleted = await Client.DeleteAsync($"/files/{file.Hash}");
        using var answer = await Client.GetAsync($"/files/{file.Hash}");

        deleted.Status().Should().Be(200);
        answer.Status().Should().Be(404);
    }

    [Test]
    public async Task A_deleted_file_can_be_stored_anew()
    {
        var file = Sample.Random(100);
        for (var i = 0; i < 3; i++)
        {
            (await StoreAsync(file.Bytes)).Should().Be(file.Hash);
            (await Client.GetByteArrayAsync($"/files/{file.Hash}")).Should().Equal(file.Bytes);
            using var deleted = await Client.DeleteAsync($"/files/{file.Hash}");
            deleted.Status().Should().Be(200);
        }
    }

    [Test]
    public async Task Upload_delete_and_download_of_one_file_at_once_never_show_half_of_it()
    {
        var file = Sample.Random(200_000);
        var url = $"/files/{file.Hash}";
        async Task<int> DoAsync(int i)
        {
            using var answer = (i % 3) switch
            {
                0 => await Client.PostAsync("/", new ByteArrayContent(file.Bytes)),
                1 => await Client.DeleteAsync(url),
                _ => await Client.GetAsync(url),
            };
            if (i % 3 == 2 && answer.Status() == 200)
                (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(file.Bytes);
            return answer.Status();
        }

        var statuses = await Task.WhenAll(Enumerable.Range(0, 90).Select(DoAsync));

        statuses.Where((_, i) => i % 3 == 0).Should().OnlyContain(status => status == 200);
        statuses.Should().OnlyContain(status => status == 200 || status == 404);
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
        if (Store.Has(file.Hash))
            Store.Read(file.Hash).Should().Equal(file.Bytes);
    }
}
