"""Where in a script a call came from."""

import sys
from pathlib import Path
from types import FrameType
from typing import Final

import placekeeper

_OURS: Final = str(Path(placekeeper.__file__).parent)


def script_site() -> str:
    """File and line of the innermost code that is not ours: `file:line`, "" if that cannot be told."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"
