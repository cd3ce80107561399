"""The state that 0.1 has left (tests/fixtures/state-0.1), where it was made: its paths are absolute."""

import fcntl
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workspace import LocalPlace, Workspace

ROOT = Path("/tmp/placekeeper-state-0.1")
_FILES = Path(__file__).parent / "fixtures" / "state-0.1" / "files.tar.gz"


@contextmanager
def old_state() -> Iterator[Workspace]:
    """A workspace with the old state and the files that its runs have read; one at a time on a machine."""
    with ROOT.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(ROOT, ignore_errors=True)
        with tarfile.open(_FILES) as files:
            files.extractall(ROOT, filter="data")
        yield Workspace(ROOT, LocalPlace(ROOT), {})
        shutil.rmtree(ROOT)
