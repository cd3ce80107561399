"""Locks of files, which the kernel gives back however their holder ends."""

import fcntl
from pathlib import Path


def is_held(path: Path) -> bool | None:
    """Whether somebody holds a lock; None when there is no such file."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return True
    return False
