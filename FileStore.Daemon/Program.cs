FileStore.Daemon.Hosting.ProcessControl.IgnoreFileSizeSignal();
return await FileStore.Daemon.Cli.CommandLine.RunAsync(args);
