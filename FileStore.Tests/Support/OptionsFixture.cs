using FileStore.Daemon.Hosting;
using FileStore.Daemon.Options;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>A fixture whose tests load options in a folder of their own, from what they put into each source.</summary>
public abstract class OptionsFixture
{
    private protected Dictionary<string, string> Flags { get; } = [];

    private protected Dictionary<string, string> Variables { get; } = [];

    private protected TempFolder Folder { get; private set; }

    /// <summary>The configuration file, which is not there unless a test writes it.</summary>
    private protected string Config => Folder["filestore.json"];

    [SetUp]
    public void MakeFolder()
    {
        Folder = new TempFolder();
        Flags.Clear();
        Variables.Clear();
    }

    [TearDown]
    public void RemoveFolder() => Folder.Dispose();

    private protected DaemonOptions Load() => OptionsLoader.Load(Flags, Variables, Folder.Path);

    /// <summary>What is wrong with the options, once these flags are given too.</summary>
    private protected IReadOnlyList<string> Faults(params (string Name, string Value)[] flags)
    {
        foreach (var (name, value) in flags)
            Flags[name] = value;
        return this.Invoking(_ => Load()).Should().Throw<OptionsException>().Which.Faults;
    }
}
