using FileStore.Core.Tasks;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Tasks;

/// <summary>Takes reports of tasks and lists them: <c>/tasks/report</c> and <c>/tasks/reports</c> below the base.</summary>
/// <param name="tasks">The tasks.</param>
/// <param name="receiver">Receives reports.</param>
/// <param name="validator">Checks them against the rules.</param>
/// <param name="reports">The log of reports.</param>
/// <param name="time">The clock.</param>
internal sealed class ReportsEndpoint(TaskCatalog tasks, UploadReceiver receiver, ReportValidator validator, ReportLog reports, TimeProvider time)
{
    private const int MaxLimit = 1000;

    /// <summary>POST /tasks/report: 200, also if it breaks the rules, since it is the partner's test.</summary>
    internal async Task SubmitAsync(Request request)
    {
        var task = TaskParameters.Given(request, tasks) ?? tasks.Items[0];
        await using var upload = await ReportUpload.ReceiveAsync(request, receiver);
        var errors = await validator.ValidateAsync(upload.File, upload.Filled, CancellationToken.None);
        await UploadReceiver.CommitAsync(upload.File);
        var report = Report.Of(task, time.GetUtcNow(), upload.FileName, upload.ContentType, upload.File.Size, upload.File.Digest, errors);
        await reports.AddAsync(report);
        var validated = new ValidatedReport(report.Id, report.Name, report.Status, report.FileHash, errors.Count > 0 ? errors : null);
        await JsonResponse.RespondAsync(request, 200, validated, TaskJson.Context.ValidatedReport);
    }

    /// <summary>GET /tasks/reports: the newest first.</summary>
    internal async Task ListAsync(Request request)
    {
        var limit = request.Query("limit") is { } max ? Parameters.Number("limit", max, 1, MaxLimit) : 100;
        var offset = request.Query("offset") is { } first ? Parameters.Number("offset", first, 0, int.MaxValue) : 0;
        await JsonResponse.RespondAsync(request, 200, await reports.ListAsync(offset, limit), TaskJson.Context.ReportPage);
    }
}
