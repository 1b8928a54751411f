using System.Text.RegularExpressions;
using FileStore.Tests.Support;

namespace FileStore.Tests.Rules;

/// <summary>A source of the program, as the rules look at it: without comments and texts.</summary>
/// <param name="Path">Its path from the repository's root.</param>
/// <param name="Code">What is left of it.</param>
internal sealed partial record SourceFile(string Path, string Code)
{
    /// <summary>Every source of the program that is written by hand.</summary>
    public static IEnumerable<SourceFile> All() =>
        from project in (string[])["FileStore.Core", "FileStore.Daemon"]
        from file in Directory.EnumerateFiles(System.IO.Path.Join(Repository.Root, project), "*.cs", SearchOption.AllDirectories)
        let path = System.IO.Path.GetRelativePath(Repository.Root, file)
        where path.Split('/')[1] is not ("obj" or "bin")
        select Of(path, File.ReadAllText(file));

    public static SourceFile Of(string path, string text) => new(path, CommentsAndTexts().Replace(text, " "));

    [GeneratedRegex("""
        "(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'|//[^\n]*|/\*.*?\*/
        """, RegexOptions.Singleline)]
    private static partial Regex CommentsAndTexts();
}
