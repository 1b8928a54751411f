using System.Text.RegularExpressions;

namespace FileStore.Tests.Support;

/// <summary>A system call, as strace(1) has logged it.</summary>
/// <param name="Name">The call.</param>
/// <param name="Index">Which of its thread's calls of this name it was, from 1 on: what <c>when=</c> counts.</param>
/// <param name="Text">The arguments, with the paths of descriptors, and the result.</param>
internal sealed partial record SystemCall(string Name, int Index, string Text)
{
    /// <summary>Whether it was made to fail.</summary>
    public bool IsInjected => Text.EndsWith("(INJECTED)", StringComparison.Ordinal);

    /// <summary>Whether it was about something below this folder, or about a file that is reached through an open directory.</summary>
    public bool IsIn(string folder) => Text.Contains($"{folder}/", StringComparison.Ordinal) || Text.Contains("/proc/self/fd/", StringComparison.Ordinal);

    /// <summary>The calls in a log that <see cref="Strace.AttachToThreads"/> has written.</summary>
    public static List<SystemCall> Read(string log)
    {
        var calls = new List<SystemCall>();
        var last = new Dictionary<string, int>(); // of each thread, where its last call is in the list
        var counts = new Dictionary<(string Thread, string Name), int>();
        foreach (var line in File.ReadLines(log))
        {
            if (Begun().Match(line) is { Success: true } begun)
            {
                var (thread, name) = (begun.Groups[1].Value, begun.Groups[2].Value);
                counts[(thread, name)] = counts.GetValueOrDefault((thread, name)) + 1;
                last[thread] = calls.Count;
                calls.Add(new SystemCall(name, counts[(thread, name)], begun.Groups[3].Value));
            }
            else if (Resumed().Match(line) is { Success: true } resumed && last.TryGetValue(resumed.Groups[1].Value, out var i))
            {
                calls[i] = calls[i] with { Text = calls[i].Text + resumed.Groups[2].Value };
            }
        }

        return calls;
    }

    [GeneratedRegex(@"^(\d+) +(\w+)\((.*)$")]
    private static partial Regex Begun();

    [GeneratedRegex(@"^(\d+) +<\.\.\. \w+ resumed>(.*)$")]
    private static partial Regex Resumed();
}
