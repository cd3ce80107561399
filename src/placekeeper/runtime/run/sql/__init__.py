"""SQL of a script over the Data Catalog: what it reads, asks, changes and writes."""
