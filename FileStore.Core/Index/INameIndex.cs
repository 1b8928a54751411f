using FileStore.Core.Primitives;

namespace FileStore.Core.Index;

/// <summary>
/// The names of a store's blobs, and what holds blobs. Every implementation passes the contract fixture of the tests.
/// Members may be called from any number of threads. Any member may throw <see cref="IndexException"/> if the medium behind
/// the index fails, and then it has had no effect. A change is durable when its task ends, if the index is, and whoever
/// asks after that sees it.
/// </summary>
/// <remarks>
/// The index knows no store: the caller makes sure that a blob is there before a name points at it, and removes those that
/// nothing holds. A blob is <em>held</em> if it was stored for the sake of a name. All others are <em>pinned</em>: the index
/// knows nothing of them but their names.
/// </remarks>
public interface INameIndex : IAsyncDisposable
{
    /// <summary>The blob that a name points at; null if there is no such name.</summary>
    ValueTask<NamedBlob?> FindAsync(BlobName name, CancellationToken ct);

    /// <summary>A page of names. Its cost grows with the page, not with the index.</summary>
    /// <exception cref="NameQueryException">The index cannot answer this at a bounded cost.</exception>
    Task<NamePage> ListAsync(NameQuery query, CancellationToken ct);

    /// <summary>The names that point at a blob.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="limit">The most names that are returned.</param>
    /// <param name="ct">Cancels the question.</param>
    Task<NamesOfBlob> NamesOfAsync(Digest digest, int limit, CancellationToken ct);

    /// <summary>All that the index knows, as of one moment: the names in order, and then the held blobs without one.</summary>
    IAsyncEnumerable<IndexRecord> AllAsync(CancellationToken ct);

    /// <summary>Adds records of an export, all or none. A blob that has names already keeps its state, held or pinned.</summary>
    /// <param name="records">The records.</param>
    /// <param name="replace">Whether names that point elsewhere are replaced.</param>
    Task<ImportOutcome> ImportAsync(IReadOnlyList<IndexRecord> records, bool replace);

    /// <summary>Makes a consistent copy of the index, durable and whole or not at all, where the index is a file of this machine.</summary>
    /// <param name="path">The file of the copy, absolute, which is replaced.</param>
    /// <param name="ct">Cancels it before it begins.</param>
    Task SnapshotAsync(string path, CancellationToken ct);

    /// <summary>Points names at blobs, all or none. A blob that is new and gets no name is released.</summary>
    /// <param name="assignments">The names. One that comes twice gets the last blob.</param>
    /// <returns>What became of each; null if one of them may not be set, and nothing was changed.</returns>
    Task<IReadOnlyList<NameChange>?> SetAsync(IReadOnlyList<NameAssignment> assignments);

    /// <summary>Removes a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="mayRemove">Decides whether it may go, given what it points at; see <see cref="NameAssignment.MayReplace"/>.</param>
    Task<NameOutcome> RemoveAsync(BlobName name, Func<NamedBlob, bool> mayRemove);

    /// <summary>Removes every name in a folder and in those below it.</summary>
    /// <param name="folder">The folder, with a slash at its end; empty for all names.</param>
    /// <returns>The number of names.</returns>
    Task<long> RemoveFolderAsync(string folder);

    /// <summary>Removes every name that points at a blob. The blob is not released: the caller removes it.</summary>
    /// <returns>The number of names.</returns>
    Task<long> RemoveNamesOfAsync(Digest digest);

    /// <summary>Gives a blob a second name, or another one.</summary>
    /// <param name="from">The name.</param>
    /// <param name="target">The new name.</param>
    /// <param name="keep">Whether the old name stays.</param>
    /// <param name="replace">Whether a name that is taken is replaced.</param>
    Task<NameOutcome> MoveAsync(BlobName from, BlobName target, bool keep, bool replace);

    /// <summary>Moves or copies every name in a folder, and in those below it, into another folder. All or none.</summary>
    /// <param name="from">The folder, with a slash at its end.</param>
    /// <param name="target">The new folder, with a slash at its end. Neither lies in the other.</param>
    /// <param name="keep">Whether the old names stay.</param>
    /// <param name="replace">Whether the new folder may have names already; those that are equal are replaced.</param>
    Task<NameOutcome> MoveFolderAsync(string from, string target, bool keep, bool replace);

    /// <summary>Whether a blob is held, by a name or, once nothing points at it, for a while.</summary>
    ValueTask<bool> IsHeldAsync(Digest digest, CancellationToken ct);

    /// <summary>Pins a blob: it stays when nothing points at it any more.</summary>
    Task PinAsync(Digest digest);

    /// <summary>Held blobs that nothing has pointed at since before a moment, those of longest ago first.</summary>
    /// <param name="before">The moment.</param>
    /// <param name="limit">The most blobs that are returned.</param>
    /// <param name="ct">Cancels the question.</param>
    Task<IReadOnlyList<Digest>> ReleasedAsync(DateTimeOffset before, int limit, CancellationToken ct);

    /// <summary>Forgets a released blob, once it is removed.</summary>
    Task ForgetAsync(Digest digest);
}
