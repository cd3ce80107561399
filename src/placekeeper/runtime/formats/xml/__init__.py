"""XML: the elements of one name are records; records are written as such elements."""
