using System.Globalization;
using System.Text;

namespace FileStore.Daemon.Features.Operations;

/// <summary>Metrics as Prometheus reads them (its text format, version 0.0.4).</summary>
internal sealed class MetricsText
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();
    private string _name = "";

    /// <summary>Begins a metric.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">counter, gauge or histogram.</param>
    /// <param name="help">What it is, in one line.</param>
    internal MetricsText Metric(string name, string type, string help)
    {
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
        _name = name;
        return this;
    }

    /// <summary>A value of the metric that was begun.</summary>
    /// <param name="value">The value.</param>
    /// <param name="labels">Labels, their values escaped, such as <c>route="/"</c>; empty for none.</param>
    /// <param name="suffix">What follows the metric's name.</param>
    internal MetricsText Sample(double value, string labels = "", string suffix = "")
    {
        var braces = labels.Length > 0 ? $"{{{labels}}}" : "";
        _text.Append(CultureInfo.InvariantCulture, $"{_name}{suffix}{braces} {value}\n");
        return this;
    }

    /// <summary>A label's value.</summary>
    internal static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    public override string ToString() => _text.ToString();
}
