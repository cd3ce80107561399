"""The ledger as Parquet segments in a folder of the state."""
