"""Locks of files, which the kernel gives back however their holder ends."""

import fcntl
from pathlib import Path


def is_free(path: Path) -> bool:
    """Whether a lock file is there and nobody holds it."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True
