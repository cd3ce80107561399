"""What a run reads of a table of a database, and what it remembers."""
