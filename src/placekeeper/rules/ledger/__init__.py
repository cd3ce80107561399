"""Segments of the ledger: which are merged, which rows stay."""
