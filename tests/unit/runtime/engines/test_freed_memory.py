"""Freed memory stays with the process."""

import subprocess
import sys

import pytest

ROUNDS = """
import resource
import numpy as np
from placekeeper.runtime.engines.freed_memory import keep_freed_memory

keep_freed_memory()
for number in range(100):
    if number == 10:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    held = [np.ones(1024 * 1024, np.uint8) for _ in range(10)]
    del held
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only the C library of Linux has the setting")
def test_pages_of_freed_arrays_are_not_fetched_again() -> None:
    said = subprocess.run([sys.executable, "-c", ROUNDS], capture_output=True, text=True, check=True)
    assert int(said.stdout) < 2560  # one round alone writes to 2,560 pages
