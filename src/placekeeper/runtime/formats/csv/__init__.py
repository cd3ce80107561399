"""CSV, read to the letter of docs/reference/csv.md: one parser for every dialect, on blocks of bytes."""
