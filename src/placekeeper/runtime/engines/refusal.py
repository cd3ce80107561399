"""How a refusal is worded: where, what, why, and what to do."""

import sys
from types import FrameType

from placekeeper.model.errors import UnsupportedFeature


def refusal(what: str, reason: str, script: str | None) -> UnsupportedFeature:
    """The error for something that the script does now and that Sail lacks or does differently.

    Called from what the script called: the line is that of the innermost frame of the script.
    """
    line = _script_line(script)
    where = f"{script}, line {line}: " if line else ""
    return UnsupportedFeature(
        f"{where}{what} is not available on Sail: {reason}. "
        "Run the job with --engine spark, in an environment that has it",
        extra="spark",
    )


def _script_line(script: str | None) -> int | None:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == script:
            return frame.f_lineno
        frame = frame.f_back
    return None
