"""The ledger: merge segments, collect garbage."""
