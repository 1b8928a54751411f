using FileStore.Daemon.Hosting;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Hosting;

/// <summary>What is said of options that cannot be used.</summary>
[TestFixture]
public sealed partial class OptionsFaultsTests : OptionsFixture
{
    [Test]
    public void All_faults_are_found_at_once_each_with_its_place()
    {
        Flags["port"] = "70000";
        Variables["FILESTORE_MAX_UPLOAD"] = "lots";
        Variables["FILESTORE_HASH"] = "crc32";
        File.WriteAllText(Config, """{ "cache": "-1", "prot": 9000, "listen": true }""");

        var faults = Faults();

        faults.Should().HaveCount(6);
        faults.Should().Contain(fault => fault.StartsWith("--port: '70000' ") && fault.Contains("0 to 65535"));
        faults.Should().Contain(fault => fault.StartsWith("FILESTORE_MAX_UPLOAD: 'lots' ") && fault.Contains("2GiB"));
        faults.Should().Contain(fault => fault.StartsWith("FILESTORE_HASH: 'crc32' ") && fault.Contains("md5, sha1, sha256, sha512"));
        faults.Should().Contain(fault => fault.StartsWith($"{Config}: \"cache\": '-1' "));
        faults.Should().Contain(fault => fault.StartsWith($"{Config}: \"prot\"") && fault.Contains("maxUpload"));
        faults.Should().Contain(fault => fault.StartsWith($"{Config}: \"listen\"") && fault.Contains("should be a number"));
    }

    [TestCase("port", "")]
    [TestCase("port", "-1")]
    [TestCase("port", "65536")]
    [TestCase("port", "9000.0")]
    [TestCase("port", " 9000")]
    [TestCase("port", "0x2328")]
    [TestCase("listen", "0")]
    [TestCase("listen", "1000001")]
    [TestCase("buffer", "4095")]
    [TestCase("buffer", "65MiB")]
    [TestCase("buffer", "9223372036854775807")]
    [TestCase("max-upload", "1.5GB")]
    [TestCase("max-upload", "9223372036854775808")]
    [TestCase("cache", "")]
    [TestCase("engine", "nginx")]
    [TestCase("tls", "on")]
    [TestCase("tls", "cert.pem")]
    [TestCase("tls", "cert.pem,")]
    [TestCase("tls", "a,b,c")]
    [TestCase("tls-port", "65536")]
    [TestCase("log", "TRACE")]
    [TestCase("log", "")]
    [TestCase("hash", "sha-256")]
    [TestCase("durability", "yes")]
    [TestCase("host", "")]
    [TestCase("host", "a b")]
    [TestCase("host", "*")]
    [TestCase("host", "http://h/")]
    [TestCase("store", "")]
    [TestCase("pid-file", "")]
    [TestCase("log-file", "a\0b")]
    [TestCase("export", "")]
    [TestCase("export", "a=")]
    [TestCase("export", "=/srv")]
    [TestCase("export", "/")]
    [TestCase("export", "..")]
    [TestCase("export", ".hidden=/srv")]
    [TestCase("export", "a/b=/srv")]
    [TestCase("export", "a\\b=/srv")]
    [TestCase("export", "a\tb=/srv")]
    [TestCase("callback-hosts", "")]
    [TestCase("callback-hosts", "http://h/")]
    [TestCase("callback-hosts", "h:80")]
    [TestCase("jobs", "yes")]
    [TestCase("jobs-max-concurrent", "0")]
    [TestCase("jobs-max-concurrent", "1001")]
    [TestCase("jobs-max-queued", "0")]
    [TestCase("jobs-timeout", "0")]
    [TestCase("jobs-timeout", "-00:00:01")]
    [TestCase("jobs-timeout", "1w")]
    [TestCase("jobs-timeout", "h")]
    [TestCase("jobs-timeout", "1.5h")]
    [TestCase("jobs-timeout", "31d")]
    [TestCase("jobs-timeout", "30.00:00:01")]
    [TestCase("jobs-timeout", "2592001")]
    [TestCase("jobs-timeout", "99999999999999999999")]
    [TestCase("jobs-max-output", "100000001")]
    [TestCase("jobs-shell", "")]
    [TestCase("upstream-insecure", "yes")]
    [TestCase("relay-ca", "")]
    [TestCase("relay-timeout", "0")]
    [TestCase("relay-roots", "")]
    [TestCase("relay-hosts", "")]
    [TestCase("relay-hosts", "http://h/")]
    [TestCase("relay-hosts", "h/x")]
    [TestCase("relay-hosts", "h:99999")]
    [TestCase("relay-rules-max-size", "-1")]
    [TestCase("relay-rules-extensions", "gz")]
    [TestCase("relay-rules-extensions", ".")]
    [TestCase("relay-rules-content-types", "gzip")]
    [TestCase("relay-rules-content-types", "text/plain; charset=utf-8")]
    public void A_value_that_cannot_be_used_is_shown_with_what_would_be_right(string name, string value)
    {
        Flags[name] = value;

        Faults().Should().ContainSingle().Which.Should().StartWith($"--{name}: '{value}' should be ");
    }

    [TestCase("upstream", "")]
    [TestCase("upstream", "127.0.0.1:8001/upload")]
    [TestCase("upstream", "/upload")]
    [TestCase("upstream", "ftp://h/")]
    [TestCase("upstream", "http://ann:secret@h/")]
    [TestCase("upstream", "http://h/#there")]
    [TestCase("relay-headers", "Authorization")]
    [TestCase("relay-headers", "=x")]
    [TestCase("relay-headers", "a b=x")]
    [TestCase("relay-headers", "X-A=1\r2")]
    [TestCase("relay-headers", "Content-Type=x")]
    [TestCase("relay-headers", "X-A=ёж")]
    [TestCase("relay-headers", "Transfer-Encoding=chunked")]
    [TestCase("relay-headers", "host=h")]
    [TestCase("relay-headers", "Expect=100-continue")]
    [TestCase("relay-hosts", "ann@h")]
    [TestCase("relay-rules-command", "clamdscan -")]
    [TestCase("relay-rules-command", "[]")]
    [TestCase("relay-rules-command", "[\"a\", 1]")]
    [TestCase("relay-rules-command", "[\"a\", null]")]
    public void A_value_that_may_hold_a_secret_is_not_shown(string name, string value)
    {
        Flags[name] = value;

        Faults().Should().ContainSingle().Which.Should().StartWith($"--{name}: the value should be ");
    }

    [Test]
    public void A_value_that_is_overruled_is_judged_all_the_same()
    {
        Flags["port"] = "9100";
        Variables["FILESTORE_PORT"] = "rubbish";

        Faults().Should().ContainSingle().Which.Should().StartWith("FILESTORE_PORT: 'rubbish' ");
    }

    [Test]
    public void The_pid_file_is_known_in_spite_of_all_faults()
    {
        File.WriteAllText(Config, """{ "pidFile": "run/it.pid", "prot": 1, "port": "rubbish" }""");
        Flags["hash"] = "crc32";

        OptionsLoader.PidFile(Flags, Variables, Folder.Path).Should().Be(Folder["run/it.pid"]);
    }

    [TestCase("{")]
    [TestCase("{ \"pidFile\": \"\\ud800\" }")]
    public void The_pid_file_is_the_default_where_the_configuration_cannot_be_read(string json)
    {
        File.WriteAllText(Config, json);

        OptionsLoader.PidFile(Flags, Variables, Folder.Path).Should().Be(Folder["filestore.pid"]);
    }
}
