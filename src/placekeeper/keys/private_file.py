"""Files with secrets, which only their owner may read."""

import os
import stat
from pathlib import Path

from placekeeper.model.errors import UsageError

_OTHERS = 0o077


def read_private(path: Path, kind: str) -> bytes:
    """Read a file that only its owner may read or write. `kind` is its name in messages.

    Raises UsageError for a file that cannot be read, and for one that others may read or write.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read()
    except OSError as error:
        raise UsageError(f"the {kind} {path} cannot be read: {error.strerror}") from None
    if mode & _OTHERS:
        raise UsageError(
            f"others can read the {kind} {path} (mode {mode:03o}). To protect it: chmod 600 {path}"
        )
    return data
