using System.Text.Json.Serialization;
using FileStore.Core.Index;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Features.Names;

/// <summary>The response to an upload with a name. <paramref name="Created"/> says whether the name is new.</summary>
internal sealed record StoredName(string Name, string FileHash, long Size, string Type, string Modified, bool Created)
{
    internal static StoredName Of(NameChange change) => new(change.After.Name.Text, change.After.Digest.Hex, change.After.Size, change.After.Type,
        Timestamp.Format(change.After.Modified), Created: change.Before is null);
}

/// <summary>A line of a listing. <paramref name="Expires"/> is always null: names do not expire yet.</summary>
internal sealed record ListedName(string Name, string FileHash, long Size, string Type, string Modified, string? Expires)
{
    internal static ListedName Of(NamedBlob blob) =>
        new(blob.Name.Text, blob.Digest.Hex, blob.Size, blob.Type, Timestamp.Format(blob.Modified), null);
}

/// <summary>A page of a listing.</summary>
internal sealed record NameList(IEnumerable<ListedName> Names, IReadOnlyList<string> Folders, string? Next);

/// <summary>The response to a deletion; <paramref name="Deleted"/> is the number of names.</summary>
internal sealed record DeletedNames(string Name, long Deleted);

/// <summary>The response to a move or a copy.</summary>
internal sealed record MovedName(string Name, string From);

/// <summary>A request for a link. It names one of the two.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record LinkRequest(string? Name, string? FileHash, string? Expires);

/// <summary>The response to it.</summary>
internal sealed record NewLink(string Url, string Expires);

/// <summary>The JSON of names.</summary>
[JsonSerializable(typeof(LinkRequest))]
[JsonSerializable(typeof(NewLink))]
[JsonSerializable(typeof(StoredName))]
[JsonSerializable(typeof(StoredName[]))]
[JsonSerializable(typeof(NameList))]
[JsonSerializable(typeof(DeletedNames))]
[JsonSerializable(typeof(MovedName))]
internal sealed partial class NameJson : JsonSerializerContext
{
    internal static readonly NameJson Context = new(JsonResponse.NewOptions());
}
