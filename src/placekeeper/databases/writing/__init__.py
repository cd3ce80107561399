"""Rows written to databases: staged, then published with a mark in one transaction."""
