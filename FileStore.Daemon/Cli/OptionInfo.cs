using System.Reflection;
using CommandLine;

namespace FileStore.Daemon.Cli;

/// <summary>The heading under which the help lists an option.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class GroupAttribute(string title) : Attribute
{
    internal string Title => title;
}

/// <summary>An option of a command, as declared on a property of its <see cref="CommonArguments"/>: parsing, messages and help all read it from here.</summary>
/// <param name="Property">The property that holds its value.</param>
/// <param name="Declared">Its names and help.</param>
/// <param name="Group">The heading it is listed under.</param>
internal sealed record OptionInfo(PropertyInfo Property, OptionAttribute Declared, string Group)
{
    /// <summary>The long name, without dashes.</summary>
    internal string Name => Declared.LongName;

    /// <summary>The letter that stands for it after a single dash; empty if there is none.</summary>
    internal string Letter => Declared.ShortName;

    /// <summary>Whether it takes no value.</summary>
    internal bool IsSwitch => Property.PropertyType == typeof(bool);

    internal bool IsRepeatable => Property.PropertyType == typeof(IEnumerable<string>);

    /// <summary>The options of a command, in the order of the help, hidden ones included.</summary>
    internal static OptionInfo[] Of(Type flags) =>
        [.. from property in flags.GetProperties()
            let declared = property.GetCustomAttribute<OptionAttribute>()
            where declared is not null
            select new OptionInfo(property, declared, property.GetCustomAttribute<GroupAttribute>()?.Title ?? "Other options")];
}
