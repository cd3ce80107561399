"""Rules of crawlers: what is accepted, how files become tables, and what changes in the catalog."""
