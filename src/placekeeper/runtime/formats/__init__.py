"""Formats of files: one folder and one row of the registry for each."""
