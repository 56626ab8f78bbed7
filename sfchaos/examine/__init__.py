"""What is checked by reading, not by running: credentials in code and configuration, switches that turn TLS checks off."""
