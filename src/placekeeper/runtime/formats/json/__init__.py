"""JSON: lines, documents and arrays are read, lines are written."""
