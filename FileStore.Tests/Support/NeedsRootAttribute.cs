using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace FileStore.Tests.Support;

/// <summary>A test that mounts file systems: without root it is reported as ignored, with the reason.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class NeedsRootAttribute : NUnitAttribute, IApplyToTest
{
    public void ApplyToTest(Test test)
    {
        if (Environment.IsPrivilegedProcess)
            return;
        test.RunState = RunState.Ignored;
        test.Properties.Set(PropertyNames.SkipReason, "needs root");
    }
}
