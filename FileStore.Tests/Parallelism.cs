// Tests run one after the other, since many of them measure what the machine gives: memory, threads, descriptors, time.
// Fixtures that wait for clocks or for other programs, and measure nothing, are marked [Parallelizable] and run side by
// side, while no other runs: they share nothing, allow for a machine that is busy, and take little longer together than
// the longest of them. One worker for each.
[assembly: LevelOfParallelism(13)]
