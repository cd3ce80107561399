"""The commands, one module per word."""
