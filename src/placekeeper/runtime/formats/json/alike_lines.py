"""Where the values are in lines of JSON that differ in nothing else: no value becomes an object of Python.

Programs write the fields of a record in one order and with the same spaces. So the text between two values
is the same in most lines, and the places of the quotes tell where the values are. NumPy and Arrow find them,
and let other threads work meanwhile, as a decoder does not.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Path = tuple[str, ...]
"""The names of the fields that lead to a value."""

Places = NDArray[np.int64]
_Flags = NDArray[np.bool_]
_Bytes = NDArray[np.uint8]

_TOKEN: Final = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\.)*"|[^\s"{}\[\]:,\\]+|[{}:,]| +')
_SPACE, _QUOTE, _BACKSLASH, _LINE_FEED = 32, 34, 92, 10
_WORD: Final = 8


@dataclass(frozen=True)
class Found:
    """What a skeleton finds in lines.

    alike, others: the numbers of the lines that have the skeleton, and of those that do not
    have_escapes: whether a text may hold an escape
    """

    skeleton: "Skeleton"
    lines: bytes
    alike: Places
    others: Places
    have_escapes: bool
    _begins: Places
    _ends: Places
    _bounds: pa.Buffer

    def tokens(self, path: Path) -> tuple[pa.Array, bool]:
        """The values at a path in the lines that are alike, as they stand there; and whether they are texts.

        A text is there without its quotes.
        """
        place, count = self.skeleton.paths.index(path), len(self.skeleton.paths)
        all_of_them = 2 * count * len(self.alike) - 1  # and what is between them
        texts = pa.Array.from_buffers(
            pa.string(), all_of_them, [None, self._bounds, pa.py_buffer(self.lines)]
        )
        wanted = np.arange(2 * place, all_of_them, 2 * count)
        return texts.take(pa.array(wanted)), self.skeleton.are_texts[place]

    @property
    def other_lines(self) -> bytes:
        """The lines that have another skeleton, or are broken."""
        begins, ends = self._begins[self.others].tolist(), self._ends[self.others].tolist()
        return b"".join(self.lines[begin : end + 1] for begin, end in zip(begins, ends, strict=True))


@dataclass(frozen=True)
class _Parted:
    """Where lines end; the numbers of some of them, and where their quotes are, a column for each."""

    ends: Places
    alike: Places
    quotes: Places


@dataclass(frozen=True)
class Skeleton:
    """What lines have in common.

    `between` are the texts before each value, and behind the last one; `paths` and `are_texts` say what the
    values are.
    """

    between: tuple[bytes, ...]
    paths: tuple[Path, ...]
    are_texts: tuple[bool, ...]

    @classmethod
    def of(cls, line: bytes) -> "Skeleton | None":
        """That of a line that is one record; None if it has arrays, empty objects or odd names."""
        made = _Making()
        at = 0
        while at < len(line) - 1:
            token = _TOKEN.match(line, at)
            if token is None or not made.add(token[0]):
                return None
            at = token.end()
        if not made.paths or len(set(made.paths)) < len(made.paths):
            return None
        made.between[-1] += b"\n"
        return cls(tuple(made.between), tuple(made.paths), tuple(made.are_texts))

    @cached_property
    def structs(self) -> frozenset[Path]:
        """The paths of the objects that have values, without the record itself."""
        return frozenset(path[:length] for path in self.paths for length in range(1, len(path)))

    def find(self, lines: bytes) -> Found | None:
        """What it finds in complete lines; None if not half of them have it, or something is no text.

        What stands in place of a value may be none: whoever takes it has to look.
        """
        if lines[-1:] != b"\n" or not _is_utf8(lines):
            return None
        have_escapes = b"\\" in lines
        parted = self._parted(np.frombuffer(lines, np.uint8), have_escapes=have_escapes)
        if parted is None or 2 * len(parted.alike) < len(parted.ends):
            return None
        alike, ends = parted.alike, parted.ends
        begins = np.zeros(len(ends), np.int64)
        begins[1:] = ends[:-1] + 1
        all_of_them = len(alike) == len(ends)
        bounds, is_good = self._bounds(
            lines,
            begins if all_of_them else begins[alike],
            ends if all_of_them else ends[alike],
            parted.quotes,
        )
        if not is_good.all():
            alike, bounds = alike[is_good], bounds[:, is_good]
        if 2 * len(alike) < len(ends):
            return None
        offsets = pa.py_buffer(np.ascontiguousarray(bounds.T.astype(np.int32)))
        is_other = np.ones(len(ends), bool)
        is_other[alike] = False
        return Found(self, lines, alike, np.flatnonzero(is_other), have_escapes, begins, ends, offsets)

    def _parted(self, data: _Bytes, *, have_escapes: bool) -> "_Parted | None":
        """The lines, and the quotes of those that have as many as this; None for other control characters."""
        marks = np.flatnonzero(_marks(data, have_escapes=have_escapes))
        kinds = data[marks]
        width = self.quotes + 1
        if not len(marks) % width:
            table = marks.reshape(-1, width)
            if (kinds.reshape(-1, width) == self._kinds).all():
                return _Parted(table[:, -1], np.arange(len(table)), table[:, :-1].T)
        is_end = kinds != _QUOTE
        if not (kinds[is_end] == _LINE_FEED).all():
            return None
        places = np.flatnonzero(is_end)  # among the marks
        counts = np.diff(places, prepend=-1)
        alike = np.flatnonzero(counts == width)
        firsts = places[alike] - self.quotes
        return _Parted(marks[places], alike, marks[firsts + np.arange(self.quotes)[:, None]])

    @cached_property
    def quotes(self) -> int:
        """How many a line has, without escaped ones."""
        return sum(text.count(b'"') for text in self.between)

    @cached_property
    def _kinds(self) -> _Bytes:
        return np.array([_QUOTE] * self.quotes + [_LINE_FEED], np.uint8)

    def _bounds(self, lines: bytes, begins: Places, ends: Places, quotes: Places) -> tuple[Places, _Flags]:
        """The begin and the end of each value, by turns, a column for each line; and which lines fit."""
        bounds = np.empty((2 * len(self.paths), len(begins)), np.int64)
        is_good = np.ones(len(begins), bool)
        number = 0
        for place, text in enumerate(self.between):
            at = quotes[number] - text.index(b'"') if b'"' in text else ends + 1 - len(text)
            number += text.count(b'"')
            is_good &= _are(lines, at, text)
            if place:
                bounds[2 * place - 1] = at
                is_good &= at >= bounds[2 * place - 2]
            else:
                is_good &= at == begins
            if place < len(self.paths):
                bounds[2 * place] = at + len(text)
        is_good &= at + len(text) == ends + 1
        return bounds, is_good


class _Making:
    """A skeleton that takes in token after token of a line that is JSON."""

    def __init__(self) -> None:
        self.between = [b""]
        self.paths: list[Path] = []
        self.are_texts: list[bool] = []
        self._above: list[str] = []
        self._name: str | None = None
        self._before = b""

    def add(self, token: bytes) -> bool:
        """Add a token; False if there is no skeleton."""
        before, self._before = self._before, token
        is_text = token[0] == _QUOTE
        if token == b"{":
            self._above.append(self._name or "")
            self._name = None
        elif token == b"}":
            self._above.pop()
            if before == b"{":
                return False
        elif is_text and self._name is None:
            if b"\\" in token:
                return False
            self._name = token[1:-1].decode(errors="replace")
        elif token.isspace() or token in (b":", b","):
            self._before = before if token.isspace() else token
        else:
            self._add_value(is_text=is_text)
            return True
        self.between[-1] += token
        return True

    def _add_value(self, *, is_text: bool) -> None:
        self.paths.append((*self._above[1:], self._name or ""))
        self.are_texts.append(is_text)
        self.between[-1] += b'"' if is_text else b""
        self.between.append(b'"' if is_text else b"")
        self._name = None


def _are(lines: bytes, at: Places, text: bytes) -> _Flags:
    """Which places, rising, have a text: eight bytes are compared at a time."""
    words = np.ndarray((max(len(lines) - _WORD + 1, 0),), "<u8", lines, strides=(1,))
    found = np.ones(len(at), bool)
    for step in range(0, len(text), _WORD):
        begin = max(min(step, len(text) - _WORD), 0)
        part = text[begin : begin + _WORD]
        first, last = np.searchsorted(at, (-begin, len(words) - begin))
        there = words[at[first:last] + begin]  # `take` would copy all words first
        if len(part) < _WORD:
            there &= np.uint64(2 ** (8 * len(part)) - 1)
        found[first:last] &= there == np.uint64(int.from_bytes(part, "little"))
        for row in (*range(first), *range(last, len(at))):  # so near to an end that there is no word
            place = int(at[row]) + begin
            found[row] &= place >= 0 and lines[place : place + len(part)] == part
    return found


def _marks(data: _Bytes, *, have_escapes: bool) -> _Flags:
    """The quotes that are not escaped, and the control characters: line feeds, if all is well."""
    marks: _Flags = (data ^ np.uint8(2)) <= _SPACE  # 34, and what is less than 32
    if have_escapes:
        slashes = np.flatnonzero(data == _BACKSLASH)
        firsts = np.flatnonzero(np.diff(slashes, prepend=-2) > 1)  # of those that stand side by side
        counts = np.diff(firsts, append=len(slashes))
        is_odd = counts % 2 == 1
        escaped = slashes[firsts[is_odd]] + counts[is_odd]
        marks[escaped[data[escaped] == _QUOTE]] = False
    return marks


def _is_utf8(lines: bytes) -> bool:
    if lines.isascii():
        return True
    offsets = pa.py_buffer(np.array([0, len(lines)], np.int32))
    try:
        pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(lines)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
