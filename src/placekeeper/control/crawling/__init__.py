"""Use cases of crawlers."""
