"""Random CSV in random dialects, broken on purpose too: the rows of the grammar, or an error.

The reader goes over blocks; so blocks are as small as a byte. It is compared with the grammar written one
character after the other, and, where there are no escapes, with Python's own reader.
"""

import csv
import io
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import csv_reference
from csv_reference import Refused
from csv_texts import BLOCKS, CHARACTERS, DIALECTS, EXAMPLES, written
from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.csv.blocks import BlockSizes
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.reader import CsvReader


def read(text: str, dialect: Dialect, block: int) -> list[list[str | None]]:
    """The rows that the reader has, by way of a file's schema and its batches."""
    reader = CsvReader(dialect, limits=BlockSizes(block=block, head=block))
    data = text.encode()
    schema = reader.schema(io.BytesIO(data), "f.csv")
    batches = list(reader.read(io.BytesIO(data), "f.csv", schema))
    for batch in batches:
        batch.validate(full=True)
    return [list(row.values()) for batch in batches for row in batch.to_pylist()]


def check(text: str, dialect: Dialect, block: int) -> None:
    assume(not csv_looks_like_utf_16(text))
    assume(not text.startswith("\ufeff"))
    expected = expected_of(text, dialect)
    if isinstance(expected, Refused):
        with pytest.raises(RecordUnreadable, match=r"f\.csv, line \d+: ") as raised:
            read(text, dialect, block)
        assert raised.value.place in {f"line {line}" for line in expected.lines}
        return
    assert read(text, dialect, block) == expected
    if dialect.escape is None:
        python = csv_reference.rows_of_python(text, dialect)
        assert [[value for value in row if value is not None] for row in expected] == python


def expected_of(text: str, dialect: Dialect) -> list[list[str | None]] | Refused:
    try:
        return csv_reference.rows_of(text, dialect)
    except Refused as refused:
        return refused


def csv_looks_like_utf_16(text: str) -> bool:
    return re.match(rb"[^\0]\0[^\0]\0|\0[^\0]\0[^\0]", text.encode(), re.DOTALL) is not None


@settings(max_examples=EXAMPLES)
@given(written(), BLOCKS)
def test_what_was_written_and_then_broken(case: tuple[str, Dialect], block: int) -> None:
    check(*case, block)


@settings(max_examples=EXAMPLES)
@given(st.text(CHARACTERS, max_size=30), DIALECTS, BLOCKS)
def test_any_characters(text: str, dialect: Dialect, block: int) -> None:
    check(text, dialect, block)


@settings(max_examples=EXAMPLES)
@given(st.text(st.sampled_from('a,"\n\r'), max_size=24), st.booleans(), BLOCKS)
def test_any_quotes_and_line_ends(text: str, multi_line: bool, block: int) -> None:
    check(text, Dialect(multi_line=multi_line), block)


@settings(max_examples=EXAMPLES)
@given(st.text(st.sampled_from('a,"\\\n\r'), max_size=24), st.booleans(), BLOCKS)
def test_any_escapes(text: str, multi_line: bool, block: int) -> None:
    check(text, Dialect(escape="\\", multi_line=multi_line), block)


@settings(max_examples=EXAMPLES // 10)
@given(written(), st.integers(1, 3000))
def test_many_rows_at_the_borders_of_blocks(case: tuple[str, Dialect], block: int) -> None:
    text, dialect = case
    check((text + "\n") * 40, dialect, block)


@given(st.text(st.sampled_from('a,"\n\r'), max_size=24))
def test_where_pythons_reader_refuses_so_do_we(text: str) -> None:
    dialect = Dialect(multi_line=True)
    try:
        csv_reference.rows_of_python(text, dialect)
    except csv.Error:
        with pytest.raises(RecordUnreadable):
            read(text, dialect, 512)
