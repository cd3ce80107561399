"""A state as a whole: check it, and go on where a part is lost."""
