using System.Text;

namespace FileStore.Tests.Support;

/// <summary>Damages valid input in a way that the seed alone decides.</summary>
internal sealed class Mutator(int seed, params string[] dictionary)
{
    private const string SeedVariable = "FUZZ_SEED";

    private readonly Random _random = new(seed);
    private readonly byte[][] _dictionary = Array.ConvertAll(dictionary, Encoding.Latin1.GetBytes);

    /// <summary>
    /// The seed of a run, which is printed: that of the environment, or the same at each run, or for the long runs, which
    /// look for what nobody has seen yet, a new one.
    /// </summary>
    public static int Seed(bool isNew = false)
    {
        var seed = Environment.GetEnvironmentVariable(SeedVariable) is { } set ? int.Parse(set)
            : isNew ? Random.Shared.Next() : 1;
        TestContext.Progress.WriteLine($"{TestContext.CurrentContext.Test.Name}: to replay, {SeedVariable}={seed}");
        return seed;
    }

    public T Pick<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    /// <summary>The input with up to three faults; now and then with none.</summary>
    public byte[] Mutate(byte[] valid)
    {
        var bytes = valid;
        for (var faults = _random.Next(4); faults > 0; faults--)
            bytes = WithFault(bytes);
        return bytes;
    }

    private byte[] WithFault(byte[] bytes)
    {
        var at = _random.Next(bytes.Length + 1);
        var length = Math.Min(bytes.Length - at, 1 << _random.Next(7));
        var (before, piece, after) = (bytes[..at], bytes[at..(at + length)], bytes[(at + length)..]);
        switch (_random.Next(7))
        {
            case 0 when length > 0:
                piece[0] ^= (byte)(1 << _random.Next(8));
                return [.. before, .. piece, .. after];
            case 1:
                return [.. before, .. after];
            case 2:
                return [.. before, .. piece, .. piece, .. after];
            case 3 when length > 0:
                piece[0] = (byte)_random.Next(256);
                return [.. before, .. piece, .. after];
            case 4 when bytes.Length < 1 << 16:
                return [.. before, .. Enumerable.Repeat(piece, 1 << _random.Next(8)).SelectMany(p => p), .. after];
            case 5:
                return [.. before, .. Pick(_dictionary), .. after]; // in the place of what was there
            default:
                return [.. before, .. Pick(_dictionary), .. piece, .. after];
        }
    }
}
