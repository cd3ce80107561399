"""Files with secrets: whoever else may read one knows them."""

import os
import stat
from pathlib import Path

from placekeeper.model.errors import UsageError

_OTHERS = 0o077


def read_private(path: Path, kind: str) -> bytes:
    """What is in a file that only its owner may read or write; `kind` is what messages call it.

    Raises UsageError for one that cannot be read, and for one that its group or everybody may use.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read()
    except OSError as error:
        raise UsageError(f"the {kind} {path} cannot be read: {error.strerror}") from None
    if mode & _OTHERS:
        raise UsageError(f"the {kind} {path} can be read by others (mode {mode:03o}): chmod 600 {path}")
    return data
