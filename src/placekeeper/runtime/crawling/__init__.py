"""A crawl, inside its process: list, classify, group, and say what was found."""
