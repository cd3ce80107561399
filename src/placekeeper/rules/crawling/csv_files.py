"""How a crawl recognises CSV: the delimiter, the header and the types of columns.

Source: docs/reference/crawlers.md#csv.
"""

import csv
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from placekeeper.rules.catalog.table_files import Columns

DELIMITERS: Final = (",", "|", "\t", ";", "\x01")
"""Those that the built-in classifier knows, in its order."""

_LONGEST_NAME: Final = 150
_MOST_ROWS: Final = 1000
_EVEN: Final = 0.9
"""The share of rows that must have as many fields as the first."""

_WHOLE: Final = re.compile(r"[+-]?\d{1,19}")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL: Final = re.compile(r"[+-]?\d{1,28}(\.\d{1,10})?")
_NAME: Final = re.compile(r"[^\x00-\x1f]+")


class CsvOptions(Struct, frozen=True, kw_only=True):
    """What a custom classifier says. `header` is UNKNOWN, PRESENT or ABSENT; `names` are those of columns.

    `types` are the data types that it may find, empty for those of the built-in classifier.
    """

    delimiter: str = ""
    quote: str = '"'
    header: str = "UNKNOWN"
    names: tuple[str, ...] = ()
    trims: bool = True
    single: bool = False
    types: tuple[str, ...] = ()
    serde: str = ""


class CsvShape(Struct, frozen=True, kw_only=True):
    """A CSV file as recognised. `below` are the types without the first row."""

    delimiter: str
    is_quoted: bool
    has_header: bool
    columns: Columns
    first: tuple[str, ...]
    below: tuple[str, ...]
    rows: int


def recognised(text: str, options: CsvOptions) -> CsvShape | None:
    """What a text of whole lines is as CSV; None if it is none."""
    given = (options.delimiter,) if options.delimiter else DELIMITERS
    parsed = [(delimiter, _rows(text, delimiter, options.quote)) for delimiter in given]
    fitting = [(delimiter, rows) for delimiter, rows in parsed if _is_table(rows, options)]
    if not fitting:
        return None
    delimiter, rows = max(fitting, key=lambda one: len(one[1][0]))  # the first of those with most fields
    first = tuple(rows[0])
    types = _Types(options)
    below = types.of(rows[1:], len(first))
    has_header = _has_header(rows, below, types, options)
    names = _names(first, options, has_header=has_header)
    found = below if has_header else types.of(rows, len(first))
    return CsvShape(
        delimiter=delimiter,
        is_quoted=options.quote in text,
        has_header=has_header,
        columns=tuple(zip(names, found, strict=True)),
        first=first,
        below=below,
        rows=len(rows) - has_header,
    )


def named(header: Sequence[str]) -> tuple[str, ...]:
    """Names of columns by a header: lower case, each once, and `colN` for one that is empty."""
    made: dict[str, None] = {}
    for place, cell in enumerate(header):
        name = base = cell.strip().lower() or f"col{place}"
        number = 0
        while name in made:
            number += 1
            name = f"{base}_{number}"
        made[name] = None
    return tuple(made)


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, quotechar=quote)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > _MOST_ROWS:
                break
    except csv.Error:
        return []
    return rows


def _is_table(rows: Sequence[Sequence[str]], options: CsvOptions) -> bool:
    """Two columns and two rows at least; a custom classifier may allow one column, and says the header."""
    is_custom = bool(options.delimiter) or options.header != "UNKNOWN" or bool(options.names)
    if len(rows) < (1 if is_custom else 2):
        return False
    width = len(rows[0])
    if width < (1 if options.single else 2):
        return False
    return sum(len(row) == width for row in rows) / len(rows) >= _EVEN


def _has_header(
    rows: Sequence[Sequence[str]], below: Sequence[str], types: "_Types", options: CsvOptions
) -> bool:
    if options.header != "UNKNOWN":
        return options.header == "PRESENT"
    first = rows[0]
    if options.names:
        return [cell.strip() for cell in first] == list(options.names)
    are_names = all(
        _NAME.fullmatch(cell.strip()) and len(cell) < _LONGEST_NAME and types.of_text(cell) == "string"
        for cell in first[:-1]
    )
    last = first[-1].strip()  # a delimiter at the end makes a column that is always empty
    is_name = not last or (_NAME.fullmatch(last) is not None and types.of_text(last) == "string")
    return are_names and is_name and bool(first[0].strip()) and any(type != "string" for type in below)


def _names(first: Sequence[str], options: CsvOptions, *, has_header: bool) -> tuple[str, ...]:
    if options.names:
        given = [*options.names, *("" for _ in range(len(options.names), len(first)))]
        return named(given[: len(first)])
    return named(first) if has_header else tuple(f"col{place}" for place in range(len(first)))


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return test


def _whole(bits: int) -> Callable[[str], bool]:
    most = 2 ** (bits - 1)
    return lambda text: _WHOLE.fullmatch(text) is not None and -most <= int(text) < most


_TESTS: Final[dict[str, tuple[str, Callable[[str], bool]]]] = {
    "BOOLEAN": ("boolean", lambda text: text.lower() in ("true", "false")),
    "SHORT": ("smallint", _whole(16)),
    "INT": ("int", _whole(32)),
    "LONG": ("bigint", _whole(64)),
    "DECIMAL": ("decimal(38,10)", lambda text: _DECIMAL.fullmatch(text) is not None),
    "FLOAT": ("float", lambda text: _NUMBER.fullmatch(text) is not None),
    "DOUBLE": ("double", lambda text: _NUMBER.fullmatch(text) is not None),
    "DATE": ("date", _parses(date.fromisoformat)),
    "TIMESTAMP": ("timestamp", _parses(datetime.fromisoformat)),
}
"""Data types of a custom classifier, from narrow to wide: Hive's name, and whether a text is of it.

What is of none of them is a string. BINARY is one that no text shows."""

_BUILT_IN: Final = ("BOOLEAN", "LONG", "DOUBLE")


class _Types:
    """Finds the types of columns."""

    def __init__(self, options: CsvOptions) -> None:
        wanted = [type.upper() for type in options.types] or _BUILT_IN
        self._tests = [test for name, test in _TESTS.items() if name in wanted]
        self._trims = options.trims

    def of_text(self, text: str) -> str:
        """The type of one text."""
        return self._of([text])

    def of(self, rows: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
        """The type of each column: the first that all its texts are of. Empty texts are of any type."""
        return tuple(self._of([row[place] for row in rows if place < len(row)]) for place in range(width))

    def _of(self, texts: Sequence[str]) -> str:
        given = [stripped for text in texts if (stripped := text.strip() if self._trims else text)]
        if not given:
            return "string"
        return next((name for name, test in self._tests if all(map(test, given))), "string")
