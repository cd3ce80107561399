"""Places in a block of CSV, and what is wrong at one."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

NOWHERE: Final[Positions] = np.empty(0, np.int32)


@dataclass(frozen=True)
class Wrong:
    """The first place of a block that breaks the grammar: its byte, and what is wrong there.

    `since` is the byte where the value began whose end it is about.
    """

    position: int
    reason: str
    since: int | None = None


def first_of(*wrongs: Wrong | None) -> Wrong | None:
    """The one that comes first."""
    return min((wrong for wrong in wrongs if wrong is not None), key=_position, default=None)


def _position(wrong: Wrong) -> int:
    return wrong.position
