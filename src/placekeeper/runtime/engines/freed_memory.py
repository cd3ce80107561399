"""Memory that was freed stays with the process, up to a bound.

Tasks work on blocks of a megabyte, whose arrays come and go. The C library of Linux gives such memory back at
once, and gets it again page by page. That took as long as the work itself.
"""

import ctypes
import sys
from typing import Final

_TRIM, _MAP = -1, -3
"""The parameters M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of mallopt(3)."""

_KEPT: Final = 64 * 1024 * 1024
"""The most bytes that each arena of the allocator keeps at its end; threads at work have their own."""

_MAPPED_FROM: Final = 32 * 1024 * 1024
"""Bytes from which on memory is mapped for itself, and given back as soon as it is free."""


def keep_freed_memory() -> None:
    """Keep freed memory for what comes next; without effect where the C library has no such setting."""
    if not sys.platform.startswith("linux"):
        return
    try:
        set_parameter = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library, such as musl
        return
    set_parameter(_TRIM, _KEPT)
    set_parameter(_MAP, _MAPPED_FROM)
