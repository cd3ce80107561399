"""Small objects that a task reads many at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from placekeeper.runtime.scan.cuts import Piece

_OBJECTS: Final = 1000
_BYTES: Final = 256 * 1024
"""The most objects that are read together, and the most bytes of them."""


def gathered(pieces: Iterable[Piece], most: int) -> Iterator[Sequence[Piece]]:
    """The pieces in their order: small objects side by side, any other piece alone.

    An object is small up to `most` bytes, and none is if that is 0. Its e_tag must be known: then it has the
    size that was listed.
    """
    small: list[Piece] = []
    size = 0
    for piece in pieces:
        is_small = 0 < most >= piece.meta.size and piece.is_whole and piece.meta.e_tag is not None
        if small and (not is_small or len(small) == _OBJECTS or size + piece.size > _BYTES):
            yield small
            small, size = [], 0
        if is_small:
            small.append(piece)
            size += piece.size
        else:
            yield (piece,)
    if small:
        yield small
