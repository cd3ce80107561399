"""The Data Catalog: predicates and values of partition keys, files of tables."""
