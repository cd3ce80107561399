"""Parquet: read and written by row groups."""
