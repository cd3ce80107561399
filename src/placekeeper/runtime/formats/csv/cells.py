"""Values as the fields of a CSV line. A reader of the same dialect gets a value back, or it is refused.

docs/reference/formats.md has the rules in words.
"""

import string
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.model.errors import UnsupportedFeature, ValueUnwritable
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.lines import Fields
from placekeeper.runtime.formats.shared.calendar import refuse_beyond_calendar
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.text import text_column, unwritable
from placekeeper.runtime.formats.shared.text_bytes import TextBytes

_SPELLED: Final = (("\n", "n"), ("\r", "r"), ("\0", "0"))
"""What is written as one of AWS's well-known escapes where there is an escaper."""

_WELL_KNOWN: Final = frozenset("nrt0")
_OF_NUMBERS: Final = frozenset(string.ascii_letters + string.digits + "+-.:")
"""What numbers, truth values, dates and timestamps are spelled with."""

_BYTE_ORDER_MARK: Final = "\ufeff"
_SHOWN: Final = 60


@dataclass(frozen=True)
class CellDialect:
    """The characters of a CSV file, single and of ASCII; None where switched off.

    With `one_line`, a reader takes each line end for the end of a row.
    """

    separator: str = ","
    quote: str | None = '"'
    escape: str | None = None
    one_line: bool = False

    @classmethod
    def of(cls, options: FormatOptions) -> "CellDialect":
        """The dialect that Glue's format options describe.

        Raises UnsupportedFeature where a character would have two meanings. An escaper that is the quote
        means that quotes are doubled. `multiLine` that is false, and not only left out, means `one_line`.
        """
        read = Dialect.of(options)
        if read.escape is not None:
            for name, char in (("separator", read.separator), ("quoteChar", read.quote)):
                if char is not None and char in _WELL_KNOWN:
                    raise UnsupportedFeature(
                        f"The format option {name} is {char!r}, which means another character behind the "
                        f"escaper {read.escape!r}: text that is written so could not be read back."
                    )
        one_line = options.value("multiLine") is not None and not read.multi_line
        return cls(read.separator, read.quote, read.escape, one_line)

    @property
    def quoted(self) -> str:
        """The characters that a value is quoted for."""
        chars = {self.separator, self.quote, self.escape, "\n", "\r", "\0", _BYTE_ORDER_MARK}
        return "".join(filter(None, chars))

    @property
    def needs_quotes(self) -> str:
        """RE2's pattern of the values that are quoted.

        Where NUL stands between all others, readers take the file for UTF-16.
        """
        listed = "".join(f"\\x{{{ord(char):x}}}" for char in sorted(self.quoted))
        return rf"[{listed}]|^\s|\s$|^$"

    @property
    def touches_numbers(self) -> bool:
        """True if a number or a date can hold one of the dialect's characters."""
        return not _OF_NUMBERS.isdisjoint({self.separator, self.quote, self.escape} - {None})


@dataclass(frozen=True)
class Cells:
    """Makes fields of values. `begins_file`: whether a row may be the first line of a file."""

    dialect: CellDialect
    names: tuple[str, ...]
    begins_file: bool

    def of(self, batch: pa.RecordBatch, first_row: int) -> Fields:
        """The columns of a batch as fields, null where nothing is written.

        Raises ValueUnwritable, by column and row, for what the dialect cannot hold; rows are counted from
        `first_row`.
        """
        columns, are_bare = [], self.dialect.quote == '"'
        for number, (column, name) in enumerate(zip(batch.columns, self.names, strict=True)):
            refuse_beyond_calendar(column, name, first_row)
            cell = text = text_column(column, name)
            if pat.is_string(column.type) or self.dialect.touches_numbers:
                cell = self._cells(text, _Place(name, first_row), leads=self.begins_file and number == 0)
            are_bare = are_bare and cell is text
            columns.append(cell)
        if len(columns) == 1:
            are_bare = are_bare and not columns[0].null_count
            columns = [self._never_blank(columns[0], _Place(self.names[0], first_row))]
        return Fields(columns, are_bare)

    def header(self) -> list[str]:
        """The names as fields. Raises UnsupportedFeature for a name that the dialect cannot hold."""
        fields = []
        for number, name in enumerate(self.names):
            cell = self._cells(pa.array([name]), _Place(name), leads=number == 0)
            if len(self.names) == 1:
                cell = self._never_blank(cell, _Place(name))
            fields.append(str(cell[0].as_py()))
        return fields

    def _cells(self, text: pa.Array, place: "_Place", *, leads: bool) -> pa.Array:
        dialect = self.dialect
        if dialect.quote is not None:
            return self._quoted(text, dialect.quote, place)
        if dialect.escape is None:
            for char in (dialect.separator, "\n", "\r"):
                _refuse(pc.match_substring(text, char), text, place, f"it holds {char!r}")
            if leads:
                why = "it begins with a byte order mark, which readers drop at the start of a file"
                _refuse(pc.starts_with(text, _BYTE_ORDER_MARK), text, place, why)
            return text
        escaped = self._escaped(text, dialect.separator)
        if not leads:
            return escaped
        marked = pc.binary_join_element_wise(dialect.escape, escaped, "")
        return pc.if_else(pc.starts_with(text, _BYTE_ORDER_MARK), marked, escaped)

    def _quoted(self, text: pa.Array, quote: str, place: "_Place") -> pa.Array:
        escape = self.dialect.escape
        if not self._may_need_quotes(TextBytes(text)):
            return text
        needed = pc.match_substring_regex(text, self.dialect.needs_quotes)
        if not pc.any(needed).as_py():
            return text
        if self.dialect.one_line and escape is None:
            _refuse_line_ends(text, place)
        inner = self._escaped(text, quote) if escape else pc.replace_substring(text, quote, quote * 2)
        return pc.if_else(needed, pc.binary_join_element_wise(quote, inner, quote, ""), text)

    def _may_need_quotes(self, looked: TextBytes) -> bool:
        return looked.holds(self.dialect.quoted) or looked.has_empty() or looked.is_padded()

    def _escaped(self, text: pa.Array, char: str) -> pa.Array:
        escape = self.dialect.escape or ""
        text = pc.replace_substring(text, escape, escape * 2)
        for plain, letter in (*_SPELLED, (char, char)):
            text = pc.replace_substring(text, plain, escape + letter)
        return text

    def _never_blank(self, text: pa.Array, place: "_Place") -> pa.Array:
        """The only column without empty lines, because an empty line is not a row."""
        if self.dialect.quote is not None:
            return pc.fill_null(text, self.dialect.quote * 2)
        why = "it would be a blank line, which readers take for no row"
        _refuse(pc.fill_null(pc.equal(text, ""), True), text, place, why)
        return text


@dataclass(frozen=True)
class _Place:
    """Where the first of some values is; without a row, in the line of names."""

    column: str
    first_row: int | None = None

    def refusal(self, index: int, reason: str) -> UnsupportedFeature | ValueUnwritable:
        if self.first_row is None:
            return UnsupportedFeature(f"The column name {reason}")
        return unwritable(self.column, self.first_row + index, reason)


def _refuse(bad: pa.Array, text: pa.Array, place: _Place, why: str) -> None:
    """Raise for the first value that is bad, if there is one."""
    if not pc.any(bad).as_py():
        return
    index = pc.index(bad, True).as_py()
    raise place.refusal(
        index,
        f"{_shown(text[index].as_py())} cannot be written as CSV without quotes, because {why}. Leave the "
        "format option quoteChar as it is (a quote), pass an escaper, or write JSON or Parquet.",
    )


def _refuse_line_ends(text: pa.Array, place: _Place) -> None:
    """Raise for the first value with a line end."""
    bad = pc.match_substring_regex(text, r"[\n\r]")
    if not pc.any(bad).as_py():
        return
    index = pc.index(bad, True).as_py()
    raise place.refusal(
        index,
        f"{_shown(text[index].as_py())} cannot be written to a table of CSV, because its readers take every "
        "line end for the end of a row. Replace line ends: regexp_replace(column, '[\\r\\n]+', ' '). Or "
        "write to a table of JSON or Parquet. With the format option multiLine: True it is written, and only "
        "readers with multiLine: True read the files.",
    )


def _shown(value: str | None) -> str:
    return "null" if value is None else repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")
