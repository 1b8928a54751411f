using System.Text.Json;
using FileStore.Core.Primitives;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Options;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Hosting;

/// <summary>What is said of settings that cannot be used never shows a secret that stands in one, or was put there by mistake.</summary>
[TestFixture]
public sealed class SecretFaultsTests : OptionsFixture
{
    private const string Secret = "S3cr3tW0rd";

    private static readonly string[] Values =
    [
        $"Bearer {Secret}ёж", $"Authorization=Bearer {Secret}ёж", $"Authorization=Bearer {Secret}\u0001", $"Authorization=Bearer {Secret}\r\nX: y", $"Authorization: Bearer {Secret}", $"=Bearer {Secret}",
        $"https://ann:{Secret}@h/x", $"ann:{Secret}@h", $"https:ann:{Secret}@h", $"fst_{Secret}", $"-----BEGIN PRIVATE KEY-----\n{Secret}\n", $"{Secret}@\0",
        $"Authorization=Bearer {new string('x', 300)}{Secret}ё", $"Authorization=Bearer {Secret}ё{new string('x', 5000)}",
    ];

    // Those that hold secrets by their purpose: nothing at all of their values is shown.
    private static IEnumerable<OptionDefinition> Secrets => OptionsLoader.Definitions.Where(setting => setting.IsSecret);

    [Test]
    public void These_hold_secrets() =>
        Secrets.Select(setting => setting.ConfigKey).Should().Equal("relay.upstream", "relay.headers", "relay.rules.command");

    [TestCaseSource(nameof(Values))]
    public void No_setting_shows_what_looks_like_a_secret(string value)
    {
        foreach (var setting in OptionsLoader.Definitions.Where(setting => setting.Name != "tasks")) // a file, which is named as one that cannot be read
        {
            foreach (var source in (Action[])[() => Flags[setting.IsFlag ? setting.Name : "port"] = value, () => Variables[setting.EnvironmentName] = value, () => Configure(setting, JsonSerializer.Serialize(value)),
                () => Configure(setting, JsonSerializer.Serialize(new[] { value })), () => Configure(setting, JsonSerializer.Serialize(new Dictionary<string, string> { ["Authorization"] = value }))])
                ShouldHide(setting, source);
        }
    }

    [TestCase(Secret)]
    [TestCase($"{Secret},{Secret}")]
    [TestCase($"a b={Secret}")]
    [TestCase($"Host={Secret}")]
    [TestCase($"X-A={Secret}ё")]
    [TestCase($"X-A=1,{Secret},{Secret}")]
    [TestCase($"X-A={Secret},X-A={Secret}")]
    [TestCase($"[\"{Secret}\"")]
    [TestCase($"http//{Secret}")]
    public void A_setting_with_secrets_shows_nothing_of_its_value(string value)
    {
        foreach (var setting in Secrets)
        {
            foreach (var source in (Action[])[() => Flags[setting.Name] = value.Replace(',', '\n'), () => Variables[setting.EnvironmentName] = value, () => Configure(setting, JsonSerializer.Serialize(value))])
                ShouldHide(setting, source);
        }
    }

    [TestCase($$"""{ "relay": { "headers": { "Authorization": ["{{Secret}}"] } } }""")]
    [TestCase($$"""{ "relay": { "headers": { "Authorization": { "Bearer": "{{Secret}}" } } } }""")]
    [TestCase($$"""{ "relay": { "headers": [ "Authorization={{Secret}}" ] } }""")]
    [TestCase($$"""{ "relay": { "headers": "{{Secret}}" } }""")]
    [TestCase($$"""{ "relay": { "headers": { "A=b": "{{Secret}}" } } }""")]
    [TestCase($$"""{ "relay": { "headers": { "A": "{{Secret}}\ud800" } } }""")]
    [TestCase($$"""{ "relay": { "headers": { "A": "{{Secret}}" "B" } } }""")]
    [TestCase($$"""{ "relay": { "headers": { "A": "{{Secret}}""")]
    [TestCase($$"""{ "relay": { "headers": { "A": {{Secret}} } } }""")]
    [TestCase($$"""{ "relay": { "insecure": tru, "headers": { "A": "{{Secret}}" } } }""")]
    [TestCase($$"""{ "relay": { "insecure": nul{{Secret}} } }""")]
    [TestCase($$"""{ "relay": { "headers": { "A": t{{Secret}} } } }""")]
    [TestCase($$"""{ "relay": { "headers": { "A": "\{{Secret}}" } } }""")]
    public void A_file_that_cannot_be_read_is_not_quoted(string json)
    {
        File.WriteAllText(Config, json);

        Faults().Should().NotBeEmpty().And.NotContain(fault => fault.Contains(Secret));
    }

    [TestCase($$"""{"a":tru,"b":"{{Secret}}"}""", "is not JSON, in line 1: invalid JSON literal. Expected the literal 'true'.")]
    [TestCase($$"""{"a":nulx, "b":"' is an invalid JSON literal. {{Secret}}"}""", "")]
    [TestCase($$"""{"a":"{{Secret}}" x}""", "is not JSON, in line 1: 'x' is invalid after a value. Expected either ',', '}', or ']'.")]
    public void No_fault_of_JSON_quotes_the_text(string json, string expected)
    {
        var fault = FluentActions.Invoking(() => JsonDocument.Parse(json)).Should().Throw<JsonException>().Which;

        JsonText.Fault(fault).Should().NotContain(Secret).And.StartWith(expected);
    }

    [TestCase($$"""{"tokens":[{"name":"a","scopes":["fst_{{Secret}}"],"sha256":"0","created":"0"}]}""")]
    [TestCase($$"""{"tokens":[{"name":"fst {{Secret}}","scopes":["read"],"sha256":"0","created":"0"}]}""")]
    [TestCase($$"""{"tokens":[{"name":"a","scopes":["read"],"sha256":"fst_{{Secret}}","created":"0"}]}""")]
    [TestCase($$"""{"tokens":[{"fst_{{Secret}}":"a"}]}""")]
    [TestCase($$"""{"tokens":["fst_{{Secret}}"]}""")]
    [TestCase($$"""["fst_{{Secret}}"]""")]
    [TestCase($$"""{"fst_{{Secret}}":[]}""")]
    [TestCase($"fst_{Secret}")]
    public void Nor_does_one_of_the_tokens(string json)
    {
        var path = Folder["tokens.json"];
        File.WriteAllText(path, json);

        FluentActions.Invoking(() => TokenFile.Read(path)).Should().Throw<TokenFileException>().Which.Message.Should().NotContain(Secret);
    }

    [TestCase("key", $"{Secret}")]
    [TestCase("key", $"-----BEGIN PRIVATE KEY-----\n{Secret}\n-----END PRIVATE KEY-----\n")]
    [TestCase("key", $"-----BEGIN {Secret}-----\n{Secret}\n-----END {Secret}-----\n")]
    [TestCase("certificate", $"-----BEGIN PRIVATE KEY-----\n{Secret}\n-----END PRIVATE KEY-----\n")]
    public void Nor_does_one_of_the_certificate(string faulty, string content)
    {
        var (certificate, key) = (Folder["cert.pem"], Folder["key.pem"]);
        CertificateFiles.WriteSelfSigned(certificate, key, "localhost").Dispose();
        File.WriteAllText(faulty == "key" ? key : certificate, content);

        FluentActions.Invoking(() => Engines.Certificate(new DaemonOptions { Tls = new TlsOptions(IsOn: true, certificate, key) }))
            .Should().Throw<StartException>().Which.Message.Should().NotContain(Secret);
    }

    private void ShouldHide(OptionDefinition setting, Action give)
    {
        Flags.Clear();
        Variables.Clear();
        File.Delete(Config);
        give();
        try
        {
            Load();
        }
        catch (OptionsException e)
        {
            e.Faults.Should().NotBeEmpty().And.NotContain(fault => fault.Contains(Secret), setting.Name);
        }
    }

    private void Configure(OptionDefinition setting, string json)
    {
        var keys = setting.ConfigKey.Split('.');
        File.WriteAllText(Config, string.Concat(keys.Select(key => $"{{\"{key}\":")) + json + new string('}', keys.Length));
    }
}
