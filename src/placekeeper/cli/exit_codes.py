"""Exit codes of the command, as docs/reference/errors.md names them."""

OK, FAILED, USAGE, NOT_FOUND, WOULD_LOSE, CONFLICT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
