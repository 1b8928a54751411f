// Tests run one after the other, since many of them measure what the machine gives: memory, threads, descriptors, time.
// Fixtures that mainly wait for clocks are marked [Parallelizable] and run side by side, while no other runs: they share
// nothing, allow for a machine that is busy, and take no longer together than the longest of them. One worker for each.
[assembly: LevelOfParallelism(8)]
