"""Logs whose lines a grok pattern takes apart."""
