"""Glue's API."""
