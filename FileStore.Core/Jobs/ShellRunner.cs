using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Core.Processes;

namespace FileStore.Core.Jobs;

/// <summary>
/// Runs a shell command to its end, including its leftover processes and its output. Pipes are read and written
/// asynchronously, so a job takes no thread.
/// </summary>
internal sealed class ShellRunner(JobOptions options, IBlobWriter store, TimeProvider time)
{
    private const int TimeoutExitCode = 124; // as for timeout(1)

    private static readonly TimeSpan TimeoutGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(1);

    // For leftover processes of the shell, and for processes that have left the group and hold a pipe.
    private static readonly TimeSpan LeftoverGrace = TimeSpan.FromSeconds(1);

    /// <param name="request">What to run.</param>
    /// <param name="running">Says when to terminate it.</param>
    /// <param name="onStarted">Called with the process id.</param>
    internal async Task<JobOutcome> RunAsync(JobRequest request, RunningJob running, Func<int, Task> onStarted)
    {
        var startedAt = time.GetTimestamp();
        var cwd = request.Cwd ?? options.WorkingDirectory;
        if (!Directory.Exists(cwd))
            return JobOutcome.Failed($"the directory '{cwd}' does not exist");
        using var process = new Process { StartInfo = StartInfo(request, cwd) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return JobOutcome.Failed($"it could not be started: {e.Message}");
        }

        var group = new ProcessGroup(process, time);
        try
        {
            return await FollowAsync(process, group, request, running, onStarted) with { Duration = time.GetElapsedTime(startedAt) };
        }
        finally
        {
            group.TrySignal(Posix.SigKill); // the group is empty unless an exception was thrown
        }
    }

    private async Task<JobOutcome> FollowAsync(
        Process process, ProcessGroup group, JobRequest request, RunningJob running, Func<int, Task> onStarted)
    {
        using var cut = new CancellationTokenSource();
        await using var stdin = process.StandardInput.BaseStream;
        await using var stdout = process.StandardOutput.BaseStream;
        await using var stderr = process.StandardError.BaseStream;
        var stdinTask = WriteStdinAsync(stdin, request.Stdin, cut.Token);
        var stdoutTask = CapturedOutput.ReadAsync(new OutputPipe(stdout, cut.Token), options.MaxOutput, store);
        var stderrTask = CapturedOutput.ReadAsync(new OutputPipe(stderr, cut.Token), options.MaxOutput, store);
        await onStarted(process.Id);
        var termination = await WaitAsync(process, group, request.Timeout ?? options.Timeout, running);
        cut.CancelAfter(LeftoverGrace);
        await stdinTask;
        var (output, fault) = await stdoutTask;
        var (errors, errorsFault) = await stderrTask;
        string?[] faults =
        [
            termination?.Error,
            fault is null ? null : $"the whole of stdout could not be stored: {fault}",
            errorsFault is null ? null : $"the whole of stderr could not be stored: {errorsFault}",
        ];
        var error = string.Join("; ", faults.OfType<string>());
        return new JobOutcome(termination is null ? process.ExitCode : termination.ExitCode, error.Length > 0 ? error : null, output, errors);
    }

    /// <returns>Why it was terminated; null if it ended by itself.</returns>
    private async Task<TerminationRequest?> WaitAsync(Process process, ProcessGroup group, TimeSpan timeout, RunningJob running)
    {
        using var timer = new CancellationTokenSource();
        var exit = process.WaitForExitAsync(CancellationToken.None);
        var first = await Task.WhenAny(exit, running.TerminationRequested, ElapseAsync(timeout, timer.Token));
        await timer.CancelAsync();
        var termination = first == exit ? null
            : first == running.TerminationRequested ? await running.TerminationRequested
            : new TerminationRequest(TimeoutGrace, TimeoutExitCode, string.Create(CultureInfo.InvariantCulture, $"it ran longer than {timeout.TotalSeconds} s"));
        if (termination is null)
            await group.WaitForLeaversAsync(running.TerminationRequested);
        await group.TerminateAsync(termination?.Grace ?? LeftoverGrace);
        await exit;
        return termination;
    }

    /// <summary>Waits for all of a time: a timer of .NET may fire a few milliseconds early.</summary>
    private async Task ElapseAsync(TimeSpan duration, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        for (var left = duration; left > TimeSpan.Zero; left = duration - time.GetElapsedTime(started))
            await Task.Delay(left > ShortestDelay ? left : ShortestDelay, time, ct);
    }

    private ProcessStartInfo StartInfo(JobRequest request, string cwd)
    {
        var command = request.Command[0] is '-' or '+' ? $" {request.Command}" : request.Command; // otherwise it would be parsed as an option
        return ProgramStart.CreateStartInfo([options.Shell, "-c", command], cwd, options.Environment.Concat(request.Environment ?? new Dictionary<string, string>()));
    }

    /// <summary>The command need not read its input, or not to the end.</summary>
    private static async Task WriteStdinAsync(Stream stdin, string? text, CancellationToken cut)
    {
        try
        {
            if (text is not null)
                await stdin.WriteAsync(Encoding.UTF8.GetBytes(text), cut);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // See above.
        }

        await stdin.DisposeAsync();
    }
}
