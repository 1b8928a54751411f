using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>A field of a form that is no file.</summary>
internal sealed record FormField(string Name, string? ContentType, byte[] Value);

/// <summary>A file as it is passed on.</summary>
/// <param name="FieldName">The form field's name.</param>
/// <param name="FileName">The file's name, without folders.</param>
/// <param name="ContentType">The media type that it goes by; null for none.</param>
/// <param name="Content">Its bytes. They stay the caller's to dispose.</param>
/// <param name="OtherFields">What else stood in the form; it goes before the file.</param>
internal sealed record ForwardedFile(string FieldName, string FileName, string? ContentType, OpenContent Content, IReadOnlyList<FormField> OtherFields);
