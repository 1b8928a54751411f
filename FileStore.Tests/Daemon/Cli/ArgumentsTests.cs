using FileStore.Daemon.Cli;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Cli;

/// <summary>What a command line means, and what is said of one that means nothing.</summary>
public sealed class ArgumentsTests
{
    [TestCase("-p 8080", "--port=8080")]
    [TestCase("-p8080", "--port=8080")]
    [TestCase("-p=8080", "--port=8080")]
    [TestCase("--port -1", "--port=-1")]
    [TestCase("--store=a=b --store-", null)]
    [TestCase("--store=--odd", "--store=--odd")]
    [TestCase("--export a=1 --export=b=2 --jobs", "--export=a=1 --export=b=2 --jobs")]
    public void An_option_is_read_in_each_of_its_forms(string line, string? canonical)
    {
        var arguments = Read("start", line.Split(' '));

        if (canonical is null)
            arguments.Fault.Should().NotBeNull();
        else
            arguments.Should().BeEquivalentTo(new Arguments(canonical.Split(' '), false, false, null));
    }

    [Test]
    public void A_value_with_a_blank_in_front_is_kept() =>
        Read("start", "--store= a").Canonical.Should().Equal("--store", " a");

    [TestCase("start", "--jobs=yes", "--jobs takes no value")]
    [TestCase("start", "--jobs yes", "--jobs takes no value, but 'yes' follows it")]
    [TestCase("stop", "--force=1", "--force takes no value")]
    [TestCase("start", "--port", "--port needs a value (PORT)")]
    [TestCase("start", "-p", "-p needs a value (PORT)")]
    [TestCase("start", "--store --log DEBUG", "--store needs a value (DIR)")]
    [TestCase("start", "--store -p 1", "--store needs a value (DIR)")]
    [TestCase("start", "--store=", "--store needs a value (DIR)")]
    [TestCase("start", "--port 1 -p 2", "--port is given twice")]
    [TestCase("start", "--jobs --jobs", "--jobs is given twice")]
    [TestCase("start", "--prot 1", "unknown option '--prot'; did you mean '--port'?")]
    [TestCase("start", "--maxupload=1", "unknown option '--maxupload'; did you mean '--max-upload'?")]
    [TestCase("start", "--MAX_UPLOAD 1", "unknown option '--MAX_UPLOAD'; did you mean '--max-upload'?")]
    [TestCase("start", "--frobnicate", "unknown option '--frobnicate'")]
    [TestCase("start", "-v", "unknown option '-v'; did you mean '-V'?")]
    [TestCase("start", "-x", "unknown option '-x'")]
    [TestCase("start", "--detached", "unknown option '--detached'")]
    [TestCase("stop", "--port 1", "'stop' has no option --port; 'start' has")]
    [TestCase("start", "--force", "'start' has no option --force; 'stop' has")]
    [TestCase("start", "extra", "unexpected argument 'extra'")]
    [TestCase("start", "-- extra", "unknown option '--'")]
    [TestCase("start", "--port 1 stop", "unexpected argument 'stop': the command comes before its options, as in 'filestore stop --port'")]
    public void A_wrong_option_or_argument_is_named_in_the_fault(string verb, string line, string fault) =>
        Read(verb, line.Split(' ')).Fault.Should().Be(fault);

    [TestCase("--help")]
    [TestCase("-h")]
    [TestCase("--frobnicate --help")]
    [TestCase("--port 1 -h extra")]
    public void Help_is_asked_for_among_anything_else(string line) => Read("start", line.Split(' ')).WantsHelp.Should().BeTrue();

    [TestCase("--store=-h")]
    [TestCase("--store=--help")]
    public void A_value_does_not_ask_for_help(string line) => Read("start", line.Split(' ')).WantsHelp.Should().BeFalse();

    [TestCase("strt", "; did you mean 'start'?")]
    [TestCase("START", "; did you mean 'start'?")]
    [TestCase("satrt", "; did you mean 'start'?")]
    [TestCase("getpid", "; did you mean 'get_pid'?")]
    [TestCase("get-pid", "; did you mean 'get_pid'?")]
    [TestCase("restrat", "; did you mean 'restart'?")]
    [TestCase("stpo", "; did you mean 'stop'?")]
    [TestCase("statu", "; did you mean 'status'?")]
    [TestCase("tokens", "; did you mean 'token'?")]
    [TestCase("--stop", "; did you mean 'stop'?")]
    [TestCase("launch", "")]
    [TestCase("x", "")]
    [TestCase("", "")]
    [TestCase("старт", "")]
    public void A_mistyped_command_is_guessed(string given, string hint) =>
        Suggestion.For(given, Verb.All.Select(verb => verb.Name)).Should().Be(hint);

    private static Arguments Read(string verb, params string[] args) => Arguments.Read(Verb.Find(verb)!, args);
}
