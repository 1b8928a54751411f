using System.Collections.Concurrent;
using FileStore.Core.Exports;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Outgoing;

namespace FileStore.Daemon.Features.Exports;

/// <summary>Packs a file of an export in the background, and tells somebody when that is done: GET of <c>/tar</c>.</summary>
internal sealed class ExportTarEndpoint(
    ExportRoots exports, ExportArchiver archiver, CallbackPolicy policy, Callback callback, BackgroundWork background)
{
    private readonly ConcurrentDictionary<string, bool> _packing = new(StringComparer.Ordinal);

    internal async Task StartAsync(Request request)
    {
        var directory = ExportParameters.Directory(request, exports);
        var name = ExportParameters.File(request);
        var target = await TargetAsync(request);
        var archive = ArchiveName.Of(name, ArchiveFormat.TarGzip);
        await using var file = await exports.OpenAsync(directory, name);
        var problem = file is null ? ExportParameters.Absent()
            : archive == name ? Problem.BadRequest("the file and its archive would have the same name")
            : !PublicName.IsValid(archive) ? Problem.BadRequest("the archive's name would be longer than a file's can be")
            : null;
        if (problem is null && !request.IsHead)
            problem = await TryStartAsync(directory, name, archive, target) ? null : Problem.Conflict($"'{archive}' is being packed already");
        if (problem is not null)
        {
            await request.RespondProblemAsync(problem);
            return;
        }

        await request.RespondTextAsync(200, "working ...");
    }

    /// <summary>False if the archive is being made already.</summary>
    private async Task<bool> TryStartAsync(string directory, string name, string archive, CallbackTarget target)
    {
        var path = $"{directory}/{archive}";
        if (!_packing.TryAdd(path, true))
            return false;
        try
        {
            await background.StartAsync($"tar {path}", async ct =>
            {
                var packed = await ArchiveAsync(directory, name, path, ct);
                // No callback says that something is done that has failed.
                return $"{packed.Name}, {packed.Size} bytes\n{await callback.SendAsync(target, ct)}\n";
            });
            return true;
        }
        catch
        {
            _packing.TryRemove(path, out _);
            throw;
        }
    }

    private async Task<ExportEntry> ArchiveAsync(string directory, string name, string path, CancellationToken ct)
    {
        try
        {
            return await archiver.ArchiveAsync(directory, name, ct);
        }
        finally
        {
            _packing.TryRemove(path, out _);
        }
    }

    private async Task<CallbackTarget> TargetAsync(Request request)
    {
        string[] names = ["host", "port", "path"];
        if (names.Where(name => ExportParameters.Given(request, name) is null).ToArray() is { Length: > 0 } missing)
            throw new ProblemException(Problem.BadRequestWithReason($"ERROR - CALLBACK PARAMETERS ARE MISSING: {string.Join(", ", missing)}"));
        return await policy.AuthorizeAsync(request.Exchange, request.Query("host")!, request.Query("port")!, request.Query("path")!);
    }
}
