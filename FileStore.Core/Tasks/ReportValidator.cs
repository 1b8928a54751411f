using System.Globalization;
using FileStore.Core.Blobs;
using FileStore.Core.Processes;

namespace FileStore.Core.Tasks;

/// <summary>Checks reports against the rules.</summary>
/// <param name="rules">The rules.</param>
/// <param name="time">The clock.</param>
public sealed class ReportValidator(ReportRules rules, TimeProvider time)
{
    private readonly MediaTypeProbe? _probe = rules.ContentTypes.Count > 0 ? new(time) : null;

    /// <summary>Returns the rules that a report violates: what was found, and what is expected.</summary>
    /// <param name="report">The report.</param>
    /// <param name="filled">The names of the form fields that are not empty.</param>
    /// <param name="ct">Cancels the check.</param>
    /// <exception cref="ProgramException">Its media type could not be detected.</exception>
    /// <exception cref="BlobStoreException">It could not be read.</exception>
    public async Task<IReadOnlyList<string>> ValidateAsync(IncomingBlob report, IReadOnlySet<string> filled, CancellationToken ct)
    {
        var faults = new List<string>();
        if (rules.MaxSize > 0 && report.Size > rules.MaxSize)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"the report has {report.Size} bytes; it should have {rules.MaxSize} at most"));
        if (_probe is not null && await TypeOfAsync(_probe, report, ct) is var type && !rules.ContentTypes.Any(pattern => MediaTypeProbe.Matches(pattern, type)))
            faults.Add($"the report is {type}, by its first bytes; it should be {string.Join(" or ", rules.ContentTypes)}");
        faults.AddRange(from field in rules.RequiredFields
                        where !filled.Contains(field)
                        select $"the field '{field}' is missing or empty; the report should come in a form that has it");
        return faults;
    }

    private static async Task<string> TypeOfAsync(MediaTypeProbe probe, IncomingBlob report, CancellationToken ct)
    {
        await using var content = await report.OpenAsync(ct);
        return await probe.DetectAsync(content, ct);
    }
}
