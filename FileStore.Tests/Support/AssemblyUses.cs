using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace FileStore.Tests.Support;

/// <summary>A type that uses another, or a member of it.</summary>
/// <param name="Type">Who uses it: the outermost type, with its namespace.</param>
/// <param name="Used">The outermost type that is used, with its namespace.</param>
/// <param name="Member">The member's name; null where the type alone is named.</param>
internal sealed record TypeUse(string Type, string Used, string? Member = null)
{
    public string Namespace => NamespaceOf(Type);

    public string UsedNamespace => NamespaceOf(Used);

    public override string ToString() => $"{Type} uses {Used}{(Member is null ? "" : $".{Member}")}";

    private static string NamespaceOf(string type) => type.LastIndexOf('.') is > 0 and var dot ? type[..dot] : "";
}

/// <summary>
/// Which types the types of an assembly use, as its metadata and its code say: bases, interfaces, constraints, attributes,
/// fields, signatures, locals, and what the instructions name. A constant is a copy, and leaves no trace.
/// </summary>
internal sealed class AssemblyUses
{
    private static readonly Dictionary<short, OperandType> Operands = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value, code => code.OperandType);

    private readonly HashSet<TypeUse> _uses = [];
    private readonly MetadataReader _metadata;
    private readonly PEReader _file;
    private string _type = "";

    private AssemblyUses(PEReader file) => (_file, _metadata) = (file, file.GetMetadataReader());

    /// <summary>All of them, but for those of a type by itself.</summary>
    public static IReadOnlyCollection<TypeUse> Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var uses = new AssemblyUses(file);
        foreach (var handle in uses._metadata.TypeDefinitions)
            uses.AddType(handle);
        return [.. uses._uses.Where(use => use.Type != use.Used)];
    }

    private void AddType(TypeDefinitionHandle handle)
    {
        _type = NameOf(handle);
        var type = _metadata.GetTypeDefinition(handle);
        Add(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations())
            Add(_metadata.GetInterfaceImplementation(implemented).Interface);
        AddAttributes(type.GetCustomAttributes());
        AddConstraints(type.GetGenericParameters());
        var collector = new Collector(this);
        foreach (var fieldHandle in type.GetFields())
        {
            var field = _metadata.GetFieldDefinition(fieldHandle);
            field.DecodeSignature(collector, null);
            AddAttributes(field.GetCustomAttributes());
        }

        foreach (var property in type.GetProperties())
            AddAttributes(_metadata.GetPropertyDefinition(property).GetCustomAttributes());
        foreach (var methodHandle in type.GetMethods())
        {
            var method = _metadata.GetMethodDefinition(methodHandle);
            method.DecodeSignature(collector, null);
            AddAttributes(method.GetCustomAttributes());
            AddConstraints(method.GetGenericParameters());
            foreach (var parameter in method.GetParameters())
                AddAttributes(_metadata.GetParameter(parameter).GetCustomAttributes());
            if (method.RelativeVirtualAddress != 0)
                AddBody(_file.GetMethodBody(method.RelativeVirtualAddress));
        }
    }

    private void AddBody(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil)
            _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(new Collector(this), null);
        foreach (var region in body.ExceptionRegions)
            Add(region.CatchType);
        var code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            short value = code.ReadByte();
            if (value == 0xfe)
                value = unchecked((short)((value << 8) | code.ReadByte()));
            switch (Operands[value])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType or OperandType.InlineSig:
                    Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineI or OperandType.InlineBrTarget or OperandType.InlineString or OperandType.ShortInlineR:
                    code.Offset += 4;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.ShortInlineI or OperandType.ShortInlineVar or OperandType.ShortInlineBrTarget:
                    code.Offset += 1;
                    break;
            }
        }
    }

    private void Add(EntityHandle handle, string? member = null)
    {
        if (handle.IsNil)
            return;
        var collector = new Collector(this);
        switch (handle.Kind)
        {
            case HandleKind.TypeReference or HandleKind.TypeDefinition:
                _uses.Add(new TypeUse(_type, NameOf(handle), member));
                break;
            case HandleKind.TypeSpecification:
                var specification = _metadata.GetTypeSpecification((TypeSpecificationHandle)handle);
                if (specification.DecodeSignature(collector, null) is { IsNil: false } generic)
                    Add(generic, member);
                break;
            case HandleKind.MemberReference:
                var reference = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                Add(reference.Parent, _metadata.GetString(reference.Name));
                if (reference.GetKind() == MemberReferenceKind.Method)
                    reference.DecodeMethodSignature(collector, null);
                else
                    reference.DecodeFieldSignature(collector, null);
                break;
            case HandleKind.MethodDefinition:
                var method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                Add(method.GetDeclaringType(), member ?? _metadata.GetString(method.Name));
                method.DecodeSignature(collector, null);
                break;
            case HandleKind.FieldDefinition:
                var field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                Add(field.GetDeclaringType(), _metadata.GetString(field.Name));
                field.DecodeSignature(collector, null);
                break;
            case HandleKind.MethodSpecification:
                var instance = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Add(instance.Method);
                instance.DecodeSignature(collector, null);
                break;
        }
    }

    private void AddAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes)
            Add(_metadata.GetCustomAttribute(attribute).Constructor);
    }

    private void AddConstraints(GenericParameterHandleCollection parameters)
    {
        foreach (var constraint in parameters.SelectMany(parameter => _metadata.GetGenericParameter(parameter).GetConstraints()))
            Add(_metadata.GetGenericParameterConstraint(constraint).Type);
    }

    /// <summary>The name of the outermost type around this one.</summary>
    private string NameOf(EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeDefinition)
        {
            var definition = _metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
            return definition.GetDeclaringType() is { IsNil: false } outer ? NameOf(outer) : Name(definition.Namespace, definition.Name);
        }

        var reference = _metadata.GetTypeReference((TypeReferenceHandle)handle);
        return reference.ResolutionScope is { Kind: HandleKind.TypeReference } scope ? NameOf(scope) : Name(reference.Namespace, reference.Name);
    }

    private string Name(StringHandle space, StringHandle name) =>
        space.IsNil ? _metadata.GetString(name) : $"{_metadata.GetString(space)}.{_metadata.GetString(name)}";

    /// <summary>Notes every type in a signature. What it returns is the type itself, where there is one to speak of.</summary>
    private sealed class Collector(AssemblyUses uses) : ISignatureTypeProvider<EntityHandle, object?>
    {
        public EntityHandle GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Noted(handle);

        public EntityHandle GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Noted(handle);

        public EntityHandle GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public EntityHandle GetGenericInstantiation(EntityHandle genericType, System.Collections.Immutable.ImmutableArray<EntityHandle> typeArguments) => genericType;

        public EntityHandle GetArrayType(EntityHandle elementType, ArrayShape shape) => default;

        public EntityHandle GetByReferenceType(EntityHandle elementType) => default;

        public EntityHandle GetFunctionPointerType(MethodSignature<EntityHandle> signature) => default;

        public EntityHandle GetGenericMethodParameter(object? genericContext, int index) => default;

        public EntityHandle GetGenericTypeParameter(object? genericContext, int index) => default;

        public EntityHandle GetModifiedType(EntityHandle modifier, EntityHandle unmodifiedType, bool isRequired) => unmodifiedType;

        public EntityHandle GetPinnedType(EntityHandle elementType) => elementType;

        public EntityHandle GetPointerType(EntityHandle elementType) => default;

        public EntityHandle GetPrimitiveType(PrimitiveTypeCode typeCode) => default;

        public EntityHandle GetSZArrayType(EntityHandle elementType) => default;

        private EntityHandle Noted(EntityHandle handle)
        {
            uses._uses.Add(new TypeUse(uses._type, uses.NameOf(handle)));
            return handle;
        }
    }
}
