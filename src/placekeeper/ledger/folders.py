"""Durable names in folders."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder to the disk; without this, a power cut can lose a new file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
