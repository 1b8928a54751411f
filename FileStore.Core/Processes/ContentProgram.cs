using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>How a program ended that was given a file.</summary>
/// <param name="ExitCode">The exit code; above 128 if a signal ended it.</param>
/// <param name="Output">The beginning of its output, stdout first and then stderr.</param>
public sealed record ProgramResult(int ExitCode, string Output);

/// <summary>A program could not be run, or did not end in time.</summary>
public sealed class ProgramException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A program that reads content from its standard input. As many run at a time as there are processors; further ones wait
/// in order. Members may be called from any number of threads.
/// </summary>
public sealed class ContentProgram
{
    private const int MaxOutputBytes = 4096;
    private const int BufferSize = 64 << 10; // the capacity of a pipe

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<string> _command;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly TimeSpan _timeout;
    private readonly long _maxBytes;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _slots = new(Environment.ProcessorCount);

    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Its whole environment.</param>
    /// <param name="timeout">How long it may run, and how long it may wait to be started.</param>
    /// <param name="time">The clock.</param>
    /// <param name="maxBytes">The most bytes of the content that it is given.</param>
    public ContentProgram(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, TimeSpan timeout, TimeProvider time, long maxBytes = long.MaxValue)
    {
        (_command, _environment, _timeout, _time, _maxBytes) = (command, environment, timeout, time, maxBytes);
        Posix.KeepOpenFilesToOurselves();
    }

    /// <summary>Runs the program. It need not read the content to the end.</summary>
    /// <param name="content">The content. It stays the caller's to dispose.</param>
    /// <param name="ct">Cancels the wait for a free slot.</param>
    /// <exception cref="ProgramException">The program could not be started in time, or did not end in time.</exception>
    public async Task<ProgramResult> RunAsync(OpenContent content, CancellationToken ct)
    {
        if (!await _slots.WaitAsync(_timeout, ct))
            throw new ProgramException($"{_command[0]} is busy with other files");
        try
        {
            using var process = new Process { StartInfo = ProgramStart.CreateStartInfo(_command, "/", _environment) };
            process.Start();
            return await FollowAsync(process, content);
        }
        catch (Win32Exception e)
        {
            throw new ProgramException($"{_command[0]} could not be started: {e.Message}", e);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<ProgramResult> FollowAsync(Process process, OpenContent content)
    {
        var group = new ProcessGroup(process, _time);
        using var cut = new CancellationTokenSource();
        await using var stdin = process.StandardInput.BaseStream;
        await using var stdout = process.StandardOutput.BaseStream;
        await using var stderr = process.StandardError.BaseStream;
        var stdinTask = WriteStdinAsync(stdin, content, cut.Token);
        var output = ReadBeginningAsync(new OutputPipe(stdout, cut.Token));
        var errors = ReadBeginningAsync(new OutputPipe(stderr, cut.Token));
        try
        {
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(_timeout, _time);
        }
        catch (TimeoutException)
        {
            throw new ProgramException(string.Create(CultureInfo.InvariantCulture, $"{_command[0]} took longer than {_timeout.TotalSeconds} s"));
        }
        finally
        {
            // Leftover processes may hold the pipes, so they are terminated too.
            await group.TerminateAsync(Grace);
            await process.WaitForExitAsync(CancellationToken.None);
            cut.CancelAfter(Grace);
            await Task.WhenAll(output, errors);
            await cut.CancelAsync();
            await ((Task)stdinTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await stdinTask;
        return new ProgramResult(process.ExitCode, $"{await output}\n{await errors}".Trim());
    }

    /// <exception cref="Exception">The content could not be read, so the program has not seen all of it.</exception>
    private async Task WriteStdinAsync(Stream stdin, OpenContent content, CancellationToken cut)
    {
        var buffer = new byte[BufferSize];
        var length = Math.Min(content.Length, _maxBytes);
        try
        {
            for (long offset = 0; offset < length;)
            {
                var count = await content.ReadAsync(offset, buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - offset)), cut);
                if (count == 0)
                    throw new EndOfStreamException("the file became shorter while it was read");
                await WriteAsync(stdin, buffer.AsMemory(0, count), cut);
                offset += count;
            }
        }
        catch (OperationCanceledException)
        {
            // The program need not read to the end.
        }
        finally
        {
            await stdin.DisposeAsync();
        }
    }

    private static async Task WriteAsync(Stream stdin, ReadOnlyMemory<byte> bytes, CancellationToken cut)
    {
        try
        {
            await stdin.WriteAsync(bytes, cut);
        }
        catch (IOException e)
        {
            throw new OperationCanceledException("the program has stopped reading", e);
        }
    }

    /// <summary>Returns the beginning of the output. The rest is read too, since the program would block otherwise.</summary>
    private static async Task<string> ReadBeginningAsync(OutputPipe pipe)
    {
        var buffer = new byte[BufferSize];
        using var beginning = new MemoryStream();
        int count;
        while ((count = await pipe.ReadAsync(buffer)) > 0)
            beginning.Write(buffer, 0, (int)Math.Min(count, MaxOutputBytes - beginning.Length));
        return Encoding.UTF8.GetString(beginning.GetBuffer(), 0, (int)beginning.Length);
    }
}
