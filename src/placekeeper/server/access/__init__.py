"""Callers: keys and signatures."""
