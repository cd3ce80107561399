"""The rows of many small files at a time: their texts are joined and go through the parser once.

Texts are joined where the rows of all are the rows of each. A line feed stands between two of them, so that
a quote that is not closed breaks the grammar, and the files are then read one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from placekeeper.runtime.formats.csv.blocks import is_utf_8
from placekeeper.runtime.formats.csv.columns import row_of
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.places import Positions
from placekeeper.runtime.formats.csv.structure import Rows, rows_of
from placekeeper.runtime.formats.shared.codecs import HEAD_BYTES, compression_of
from placekeeper.runtime.formats.shared.decompression import BYTE_ORDER_MARK, codec_of
from placekeeper.runtime.formats.shared.together import Content

_NO_LINE: Final = b""


@dataclass(frozen=True)
class Joined:
    """The rows of several texts without the first ones of each.

    origins: of each row, the place of its text
    first: the fields of the first text's first row; all texts have it if there are headers
    width: the number of fields in the longest row
    """

    rows: Rows
    origins: Positions
    first: list[str]
    width: int

    def parts(self, most: int) -> Iterator[tuple[Rows, Positions]]:
        """The rows and their origins, at most `most` at a time."""
        done = 0
        for rows in self.rows.parts(most):
            yield rows, self.origins[done : done + len(rows)]
            done += len(rows)


def runs_of(
    objects: Sequence[Content], dialect: Dialect, *, with_header: bool
) -> Iterator[tuple[int, list[bytes]]]:
    """Objects side by side whose texts may be joined: the place of the first, and the texts.

    An object that must be read by itself is a run without a text.
    """
    begin, head, texts = 0, _NO_LINE, list[bytes]()
    for place, content in enumerate(objects):
        text = _text_of(content, dialect)
        line = _NO_LINE if text is None or not with_header else text[: text.find(b"\n") + 1]
        if text is None or (with_header and not line.strip(b"\r\n")):
            if texts:
                yield begin, texts
            yield place, []
            texts = []
            continue
        if texts and line != head:
            yield begin, texts
            texts = []
        if not texts:
            begin, head = place, line
        texts.append(text)
    if texts:
        yield begin, texts


def joined(texts: Sequence[bytes], dialect: Dialect, skip: int) -> Joined | None:
    """The rows of texts without the first `skip` of each; None unless all are right."""
    ended = [text if text.endswith(b"\n") else text + b"\n" for text in texts]
    data = b"".join(ended)
    if not is_utf_8(data):
        return None
    rows = rows_of(data, dialect, final=True)
    if rows.wrong is not None:
        return None
    if not len(rows):
        return Joined(rows, rows.first, [], 0)
    starts = np.cumsum([0, *map(len, ended)], dtype=np.int32)[:-1]
    origins = np.searchsorted(starts, rows.bounds.take(2 * rows.first), side="right").astype(np.int32) - 1
    firsts = np.flatnonzero(np.diff(origins, prepend=-1))
    begins = np.repeat(firsts, np.diff(firsts, append=len(rows)))
    if (rows.counts > rows.counts.take(begins)).any():  # longer than the first row of its file
        return None
    first, width = row_of(rows, 0, dialect), int(rows.counts.max())
    kept = np.arange(len(rows)) - begins >= skip
    return Joined(rows.chosen(kept), origins[kept], first, width)


def _text_of(content: Content, dialect: Dialect) -> bytes | None:
    """The text of an object; None where it has to be read by itself."""
    data = content.data
    if codec_of(content.path) is not None or compression_of(data[:HEAD_BYTES]):
        return None
    text = data.removeprefix(BYTE_ORDER_MARK)
    if b"\0" in text[:4]:  # it may be UTF-16
        return None
    special = (dialect.quote, dialect.escape) if dialect.multi_line else ()
    if any(character is not None and character.encode() in text for character in special):
        return None  # its last value could go on in the next text
    return text
