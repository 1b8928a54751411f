namespace FileStore.Daemon.Options;

/// <summary>The form of an option's value in the configuration file. Elsewhere all values are text.</summary>
internal enum OptionKind
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A number, or a text.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>; on the command line its name alone.</summary>
    Switch,

    /// <summary>A list of texts; with commas between them in the environment.</summary>
    List,

    /// <summary>A list of values of any form; elsewhere its JSON is the text.</summary>
    Json,

    /// <summary>The path of a file that holds the whole section of the option.</summary>
    SectionFile,

    /// <summary>An object of texts, each of them NAME=TEXT elsewhere; with commas between them in the environment.</summary>
    Map,
}
