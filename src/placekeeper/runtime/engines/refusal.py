"""The error of a refusal: where, what, why, and what to do."""

import sys
from types import FrameType

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.recognition import Difference


def refusal(what: str, difference: Difference, script: str | None) -> UnsupportedFeature:
    """The error for something that the script does now and that Sail lacks or does differently.

    `what` is as the script spells it. Called from what the script called: the line is that of the innermost
    frame of the script.
    """
    line = _script_line(script)
    where = f"{script}, line {line}: " if line else ""
    instead = f"{difference.instead}, or run the job" if difference.instead else "Run the job"
    return UnsupportedFeature(
        f"{where}{what} is not available on Sail: {difference.reason}. "
        f"{instead} with --engine spark, in an environment that has it",
        extra="spark",
    )


def _script_line(script: str | None) -> int | None:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == script:
            return frame.f_lineno
        frame = frame.f_back
    return None
