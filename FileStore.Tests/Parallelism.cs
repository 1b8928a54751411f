// Fixtures run side by side, half of them waiting for clocks, disks and other programs while the others work: they share
// nothing, and allow for a machine that is busy. Those that measure what they would take from each other (short times,
// the threads and the processor time of all), change what all share (the environment), or count on room that a closed file
// gives back at once (a program that another test starts has copies of this process's descriptors for a moment) are marked
// [NonParallelizable], and run by themselves after the others. Those that wait for a minute are the first of theirs ([Order]).
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(6)]
