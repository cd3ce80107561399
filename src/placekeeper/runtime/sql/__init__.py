"""Text of Spark's SQL: which tables it names, and what its statements about the catalog ask for."""
