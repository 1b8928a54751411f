using FileStore.Daemon.Hosting;

ProcessControl.IgnoreFileSizeSignal();
try
{
    return OpenFileLimit.IsHopeless() ? FileStore.Daemon.Cli.CommandLine.Failed : await FileStore.Daemon.Cli.CommandLine.RunAsync(args);
}
catch (Exception e) when (e.GetBaseException() is OutOfMemoryException)
{
    ProcessControl.WriteError("filestore: there is no room for another thread, or no memory (ulimit -u, ulimit -v, TasksMax=, MemoryMax=)\n"u8);
    return FileStore.Daemon.Cli.CommandLine.Failed;
}
