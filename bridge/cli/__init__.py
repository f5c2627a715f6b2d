"""The command line, a module for each kind of command; it starts in bridge.cli.main."""
