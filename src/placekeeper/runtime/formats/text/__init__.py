"""Text: one column of strings, a line for each."""
