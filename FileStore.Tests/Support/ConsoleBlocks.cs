namespace FileStore.Tests.Support;

/// <summary>A command as a terminal shows it.</summary>
/// <param name="Text">What is typed, without prompts.</param>
/// <param name="Output">The lines it is said to print.</param>
/// <param name="Line">Where it stands in its file, from 1.</param>
internal sealed record ShownCommand(string Text, string[] Output, int Line);

/// <summary>The commands below one heading, in order; the title of what comes before the first heading is empty.</summary>
internal sealed record ShownSection(string Title, ShownCommand[] Commands);

/// <summary>
/// The <c>console</c> blocks of a Markdown file. A line that begins with "$ " is a command, one with "> " after it
/// continues it, and every other line is output.
/// </summary>
internal static class ConsoleBlocks
{
    private const string Prompt = "$ ", Continuation = "> ";

    /// <exception cref="FormatException">A block is not closed, or does not begin with a command.</exception>
    public static ShownSection[] Sections(string markdown)
    {
        var sections = new List<(string Title, List<ShownCommand> Commands)> { ("", []) };
        var lines = markdown.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("## ", StringComparison.Ordinal))
                sections.Add((lines[i][3..].Trim(), []));
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            var end = Array.FindIndex(lines, i + 1, line => line.TrimEnd() == "```");
            if (end < 0)
                throw new FormatException($"line {i + 1}: the block is not closed");
            if (lines[i].TrimEnd() == "```console")
                sections[^1].Commands.AddRange(Commands(lines[(i + 1)..end], i + 2));
            i = end;
        }

        return [.. sections.Where(section => section.Commands.Count > 0).Select(section => new ShownSection(section.Title, [.. section.Commands]))];
    }

    private static List<ShownCommand> Commands(string[] block, int firstLine)
    {
        var commands = new List<ShownCommand>();
        for (var i = 0; i < block.Length; i++)
        {
            if (block[i].StartsWith(Prompt, StringComparison.Ordinal))
                commands.Add(new(block[i][Prompt.Length..], [], firstLine + i));
            else if (commands.Count == 0)
                throw new FormatException($"line {firstLine + i}: a block begins with a command, not with '{block[i]}'");
            else if (block[i].StartsWith(Continuation, StringComparison.Ordinal) && commands[^1].Output.Length == 0)
                commands[^1] = commands[^1] with { Text = $"{commands[^1].Text}\n{block[i][Continuation.Length..]}" };
            else
                commands[^1] = commands[^1] with { Output = [.. commands[^1].Output, block[i]] };
        }

        return commands;
    }
}
