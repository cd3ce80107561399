"""Locks of files, which the kernel gives back however their holder ends."""

import fcntl
from pathlib import Path


def is_held(path: Path) -> bool | None:
    """True if a process holds the lock, False if none does, None without such a file."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return True
    return False
