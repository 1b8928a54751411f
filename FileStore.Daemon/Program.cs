FileStore.Daemon.Hosting.ProcessControl.IgnoreFileSizeSignal();
return FileStore.Daemon.Hosting.OpenFileLimit.IsHopeless()
    ? FileStore.Daemon.Cli.CommandLine.Failed
    : await FileStore.Daemon.Cli.CommandLine.RunAsync(args);
