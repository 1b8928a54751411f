namespace FileStore.Daemon.Hosting;

/// <summary>What the configuration file holds for a setting. Elsewhere all are text.</summary>
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

    /// <summary>A list of whatever the setting takes; elsewhere its JSON is the text.</summary>
    Json,

    /// <summary>An object of texts, each of them NAME=TEXT elsewhere; with commas between them in the environment.</summary>
    Map,
}
