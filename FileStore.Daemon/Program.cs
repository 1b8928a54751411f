return await FileStore.Daemon.Cli.CommandLine.RunAsync(args);
