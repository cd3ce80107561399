"""What docs/reference/csv.md says, one character after the other: slow, and written apart from the reader."""

import csv
import io
from dataclasses import dataclass

from placekeeper.runtime.formats.csv.dialect import Dialect

WELL_KNOWN = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


class Refused(Exception):
    """The text breaks the grammar on one of these lines."""

    def __init__(self, *lines: int) -> None:
        super().__init__(lines)
        self.lines = set(lines)


def line_of(text: str, place: int) -> int:
    before = text[:place]
    return before.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1


@dataclass
class Reading:
    """A text, how much of it has been read, and the rows so far with the place where each begins."""

    text: str
    dialect: Dialect
    place: int = 0

    def __post_init__(self) -> None:
        self.rows: list[tuple[int, list[str]]] = []

    def read(self) -> list[tuple[int, list[str]]]:
        while self.place < len(self.text):
            if self.line_end():
                self.place += len(self.line_end())
                continue
            begin = self.place
            row = [self.field()]
            while self.here() == self.dialect.separator:
                self.place += 1
                row.append(self.field())
            self.place += len(self.line_end())
            self.rows.append((begin, row))
        return self.rows

    def here(self) -> str:
        return self.text[self.place : self.place + 1]

    def line_end(self) -> str:
        if self.text.startswith("\r\n", self.place):
            return "\r\n"
        return self.here() if self.here() in ("\r", "\n") else ""

    def field(self) -> str:
        if self.dialect.quote is not None and self.here() == self.dialect.quote:
            return self.quoted()
        value = ""
        while self.here() and not self.line_end() and self.here() != self.dialect.separator:
            if self.here() == self.dialect.escape:
                value += self.escaped()
            else:
                value += self.here()
                self.place += 1
        return value

    def quoted(self) -> str:
        opened = self.place
        value = ""
        self.place += 1
        while True:
            here = self.here()
            if not here or (self.line_end() and not self.dialect.multi_line):
                raise Refused(line_of(self.text, opened))
            if here == self.dialect.escape:
                value += self.escaped(opened)
            elif here == self.dialect.quote and self.text[self.place + 1 : self.place + 2] == here:
                value += here
                self.place += 2
            elif here == self.dialect.quote:
                self.place += 1
                if self.here() and not self.line_end() and self.here() != self.dialect.separator:
                    raise Refused(line_of(self.text, self.place - 1))
                return value
            else:
                value += here
                self.place += 1

    def escaped(self, opened: int | None = None) -> str:
        self.place += 1
        here, end = self.here(), self.line_end()
        if not here or end == "\r\n" or (end and not self.dialect.multi_line):
            unclosed = [line_of(self.text, opened)] if opened is not None and not here else []
            raise Refused(line_of(self.text, self.place - 1), *unclosed)
        self.place += 1
        return WELL_KNOWN.get(here, here)


def rows_of(text: str, dialect: Dialect) -> list[list[str | None]]:
    """The rows of a text, all as wide as the first. Raises Refused where the grammar is broken."""
    reading = Reading(text, dialect)
    try:
        reading.read()
    except Refused as refused:
        raise Refused(*refused.lines, *long_rows(reading)) from None
    if lines := long_rows(reading):
        raise Refused(*lines)
    width = len(reading.rows[0][1]) if reading.rows else 0
    return [[*row, *[None] * (width - len(row))] for _, row in reading.rows]


def long_rows(reading: Reading) -> list[int]:
    wide = [(begin, len(row)) for begin, row in reading.rows]
    return [line_of(reading.text, begin) for begin, width in wide if width > wide[0][1]][:1]


def rows_of_python(text: str, dialect: Dialect) -> list[list[str]]:
    """The rows as Python's own reader has them, which knows no escapes as AWS has them. Raises csv.Error."""
    assert dialect.escape is None
    limit = csv.field_size_limit(len(text) + 1)
    try:
        found = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=dialect.separator,
            quotechar=dialect.quote,
            quoting=csv.QUOTE_NONE if dialect.quote is None else csv.QUOTE_MINIMAL,
            strict=True,
        )
        return [row for row in found if row]
    finally:
        csv.field_size_limit(limit)
