using System.Text;

namespace FileStore.Tests.Support;

/// <summary>
/// The program's command line in this process, without what a process takes to start: for verbs that look, ask and tell,
/// where it does not matter whose process that is. They find this process's environment and directory.
/// </summary>
internal static class InProcess
{
    private static readonly AsyncLocal<(StringWriter Output, StringWriter Error)?> Streams = new();

    static InProcess()
    {
        Console.SetOut(new Switch(Console.Out, streams => streams.Output));
        Console.SetError(new Switch(Console.Error, streams => streams.Error));
    }

    /// <summary>What the program prints for these arguments, and what it ends with.</summary>
    public static CommandResult Run(params string[] arguments) => Task.Run(async () =>
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        Streams.Value = (output, error); // as far as this task goes
        return new CommandResult(await FileStore.Daemon.Cli.CommandLine.RunAsync(arguments), output.ToString(), error.ToString());
    }).GetAwaiter().GetResult();

    /// <summary>Writes for the one who has called, or where everybody's output goes.</summary>
    private sealed class Switch(TextWriter everybodys, Func<(StringWriter Output, StringWriter Error), StringWriter> choose) : TextWriter
    {
        public override Encoding Encoding => everybodys.Encoding;

        private TextWriter Here => Streams.Value is { } streams ? choose(streams) : everybodys;

        public override void Write(char value) => Here.Write(value);

        public override void Write(string? value) => Here.Write(value);

        public override void Write(char[] buffer, int index, int count) => Here.Write(buffer, index, count);

        public override void Flush() => Here.Flush();
    }
}
