"""Glue scripts next to plain PySpark scripts of the same work, on the same engine, in turns."""
