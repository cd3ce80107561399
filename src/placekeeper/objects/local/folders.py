"""Folders of local output: made durably, and removed when they are empty."""

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and what is missing above it, durably; add those that were made to `made`, topmost first.

    Raises FileNotFoundError where another task drops one of them meanwhile.
    """
    missing = [folder]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for path in reversed(missing):
        try:
            path.mkdir()
        except FileExistsError:
            continue
        made.append(path)
        sync_folder(path.parent)


def drop_folders(folders: list[Path]) -> None:
    """Remove folders, given topmost first, as far as they are empty."""
    for folder in reversed(folders):
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            return


def drop_empty(folders: Iterable[Path]) -> None:
    """Remove folders that are empty, and may be in each other."""
    for folder in sorted(folders, reverse=True):
        with suppress(OSError):  # somebody uses it, or it is gone
            folder.rmdir()


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
