using FileStore.Core.Exports;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Endpoints;

/// <summary>Packs a file of an export in the background, and tells somebody when that is done: GET of <c>/tar</c>.</summary>
internal sealed class ExportTarEndpoint(
    ExportRoots exports, ExportArchiver archiver, CallbackGuard guard, Callback callback, BackgroundWork background)
{
    internal async Task StartAsync(Request request)
    {
        var directory = ExportNames.Directory(request, exports);
        var name = ExportNames.File(request);
        var target = await TargetAsync(request);
        await using var file = await exports.OpenAsync(directory, name);
        var problem = file is null ? ExportNames.Absent()
            : ArchiveName.Of(name, ArchiveFormat.TarGzip) is var archive && archive == name ? Problem.BadRequest("the file is what it would be packed to")
            : !PublicName.IsValid(archive) ? Problem.BadRequest("the archive's name would be longer than a file's can be")
            : !request.IsHead && !await background.TryStartAsync($"tar {directory}/{archive}", ct => ArchiveAsync(directory, name, target, ct))
                ? Problem.Conflict($"'{archive}' is being packed already")
            : null;
        if (problem is not null)
        {
            await request.RespondProblemAsync(problem);
            return;
        }

        request.Exchange.SetField("Cache-Control", "no-store");
        await request.RespondTextAsync(200, "working ...");
    }

    private async Task<CallbackTarget> TargetAsync(Request request)
    {
        string[] names = ["host", "port", "path"];
        if (names.Where(name => ExportNames.Given(request, name) is null).ToArray() is { Length: > 0 } missing)
            throw new ProblemException(Problem.BadRequestInWords($"ERROR - CALLBACK PARAMETERS ARE MISSING: {string.Join(", ", missing)}"));
        return await guard.AdmitAsync(request.Exchange, request.Query("host")!, request.Query("port")!, request.Query("path")!);
    }

    /// <summary>No callback says that something is done that has failed.</summary>
    private async Task<string> ArchiveAsync(string directory, string name, CallbackTarget target, CancellationToken ct)
    {
        var archive = await archiver.ArchiveAsync(directory, name, ct);
        return $"{archive.Name}, {archive.Size} bytes\n{await callback.SendAsync(target, ct)}\n";
    }
}
