"""The bytes of a column of texts, looked at together: a cheap look that spares most columns a closer one."""

import numpy as np
import pyarrow as pa
import pyarrow.types as pat
from numpy.typing import NDArray


class TextBytes:
    """The UTF-8 of all texts of a column, which is a string or a large string.

    What lies below nulls counts as well, so that it may hold more than the texts do, and never less.
    """

    def __init__(self, texts: pa.Array) -> None:
        self._texts = texts
        self._bounds = _bounds(texts)
        begin, end = (int(self._bounds[0]), int(self._bounds[-1])) if len(texts) else (0, 0)
        values = texts.buffers()[2]
        self._data: NDArray[np.uint8] = np.frombuffer(values or b"", np.uint8)[begin:end]

    def holds(self, characters: str) -> bool:
        """Whether one of these characters may be in a text; one beyond ASCII counts by its first byte."""
        return any(bool((self._data == character.encode()[0]).any()) for character in characters)

    def holds_below(self, byte: int) -> bool:
        """Whether a byte below `byte` is in a text."""
        return bool((self._data < byte).any())

    def has_empty(self) -> bool:
        """Whether a text is empty; null is not."""
        lengths = np.diff(self._bounds)
        if self._texts.null_count == 0:
            return not lengths.all()
        return bool((lengths[self._texts.is_valid().to_numpy(zero_copy_only=False)] == 0).any())

    def is_padded(self) -> bool:
        """Whether a text begins or ends with a blank or another character up to it."""
        return bool((self.firsts() <= ord(" ")).any() or (self._lasts() <= ord(" ")).any())

    def firsts(self) -> NDArray[np.uint8]:
        """The first byte of every text that has one."""
        begins = self._bounds[:-1][np.diff(self._bounds) > 0]
        return self._at(begins)

    def _lasts(self) -> NDArray[np.uint8]:
        ends = self._bounds[1:][np.diff(self._bounds) > 0]
        return self._at(ends - 1)

    def _at(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        taken: NDArray[np.uint8] = self._data[places - self._bounds[0]]
        return taken


def _bounds(texts: pa.Array) -> NDArray[np.int64]:
    """Where each text begins in the buffer of values, and where the last ends."""
    kind = np.int64 if pat.is_large_string(texts.type) else np.int32
    offsets = texts.buffers()[1]
    if offsets is None or not len(texts):
        return np.zeros(1, np.int64)
    bounds = np.frombuffer(offsets, kind)[texts.offset : texts.offset + len(texts) + 1]
    return bounds.astype(np.int64, copy=False)
