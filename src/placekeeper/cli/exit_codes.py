"""Exit codes of the command, as README.md names them."""

OK, FAILED, USAGE, NOT_FOUND, CONFLICT, INTERRUPTED = 0, 1, 2, 3, 5, 130
