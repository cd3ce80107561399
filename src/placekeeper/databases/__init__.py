"""Adapters to the databases that scripts read and write."""
