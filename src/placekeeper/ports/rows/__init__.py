"""Rows of the state's SQL, one module per kind."""
