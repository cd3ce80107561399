"""Rows in SQL: one module per kind, as ports/rows has them."""
