"""The command line: `sfchaos --help`."""
