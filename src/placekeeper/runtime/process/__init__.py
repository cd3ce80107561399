"""The process of one run: load the script, run it, tell how it ended."""
