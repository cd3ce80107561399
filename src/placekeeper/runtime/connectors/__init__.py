"""Connectors: the sources that a script reads and the targets that it writes."""
