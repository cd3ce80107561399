"""CSV is written column by column, and says what a slow writer says that takes value by value."""

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_staging import MemoryFile
from placekeeper.runtime.formats.csv.frame_writer import FrameCsvDialect, FrameCsvOutput
from placekeeper.runtime.formats.csv.writer import CsvOutput
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.text_bytes import TextBytes

SPECIAL = st.sampled_from(list(" ,;\"'\\#\n\r\t\x00\x01\x1f\x85\xa0é\ufeff"))
BLANKS = "".join(map(chr, range(0x21)))
TEXTS = st.none() | st.text(SPECIAL, max_size=3) | st.sampled_from(["plain", "a b", "é", "1.5"])
COLUMNS = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=5)
)
DIALECTS = st.fixed_dictionaries(
    {},
    optional={
        "separator": st.sampled_from([",", ";", "\t"]),
        "quoteChar": st.sampled_from(['"', "'"]),
        "escaper": st.sampled_from(["\\", "'"]),
    },
)
FRAME_DIALECTS = st.fixed_dictionaries(
    {},
    optional={
        "sep": st.sampled_from([",", ";", "\t", "||"]),
        "quote": st.sampled_from(['"', "'", ""]),
        "escape": st.sampled_from(["\\", '"']),
        "quoteAll": st.booleans(),
        "escapeQuotes": st.booleans(),
        "nullValue": st.sampled_from(["", "null", ","]),
        "emptyValue": st.sampled_from(['""', "", "empty"]),
        "ignoreLeadingWhiteSpace": st.booleans(),
        "ignoreTrailingWhiteSpace": st.booleans(),
        "lineSep": st.sampled_from(["\n", "\r\n", ";"]),
    },
)


def written(output: CsvOutput | FrameCsvOutput, rows: list[list[str | None]]) -> str:
    """What is written for rows that come together, some of them as a part of a larger batch."""
    file = MemoryFile()
    columns = [pa.array([None, *column], pa.string()) for column in zip(*rows, strict=True)]
    batch = pa.RecordBatch.from_arrays(columns, [f"c{place}" for place in range(len(columns))])
    writer = output.writer(file, batch.schema)
    writer.write(batch.slice(1))
    writer.close()
    return file.data.decode()


@given(COLUMNS, DIALECTS)
def test_fields_together_are_the_fields_one_by_one(rows, said):
    separator, quote = said.get("separator", ","), said.get("quoteChar", '"')
    escape = said.get("escaper")
    if quote == escape:
        said = {name: value for name, value in said.items() if name != "escaper"}
        escape = None
    output = CsvOutput.of(FormatOptions({**said, "writeHeader": False}))

    def field(value: str | None) -> str:
        if value is None:
            return quote * 2 if len(rows[0]) == 1 else ""
        special = {separator, quote, escape, "\n", "\r", "\0", "\ufeff"}
        is_padded = bool(value) and (value[0] in " \t\n\f\r" or value[-1] in " \t\n\f\r")
        if value and special.isdisjoint(value) and not is_padded:
            return value
        if escape is None:
            return quote + value.replace(quote, quote * 2) + quote
        spelled = {escape: escape * 2, quote: escape + quote, "\n": f"{escape}n", "\r": f"{escape}r"}
        spelled["\0"] = f"{escape}0"
        return quote + "".join(spelled.get(char, char) for char in value) + quote

    expected = "".join(separator.join(map(field, row)) + "\n" for row in rows)
    assert written(output, rows) == expected


@given(COLUMNS, FRAME_DIALECTS)
def test_fields_of_df_write_together_are_the_fields_one_by_one(rows, said):
    output = FrameCsvOutput.of(FormatOptions(said))
    dialect = output.dialect
    lines = [dialect.separator.join(frame_fields(dialect, row)) for row in rows]
    expected = [line for line in lines if line or len(rows[0]) > 1]
    assert written(output, rows) == "".join(line + dialect.line_end for line in expected)


def frame_fields(dialect: FrameCsvDialect, row: list[str | None]) -> Iterator[str]:
    """The fields of one row, value by value."""
    for place, value in enumerate(row):
        text = dialect.null if value is None else value
        begun = text.lstrip(BLANKS) if dialect.trims_begin else text
        trimmed = begun.rstrip(BLANKS) if dialect.trims_end else begun
        special = [dialect.separator, dialect.line_end, "\n", "\r"]
        special += [dialect.quote] if dialect.escapes_quotes else []
        is_quoted = dialect.quotes_all or any(char in begun for char in special)
        is_quoted = is_quoted or begun.startswith(dialect.quote) or (place == 0 and text.startswith("#"))
        if value is not None and not trimmed:
            is_quoted = dialect.quotes_all and not dialect.empty.startswith(dialect.quote)
            trimmed = dialect.empty
        yield frame_quoted(dialect, trimmed) if is_quoted else trimmed


def frame_quoted(dialect: FrameCsvDialect, text: str) -> str:
    quote, escape = dialect.quote, dialect.escape
    if dialect.escaped_escape != "\0" and escape != quote:
        text = text.replace(escape, dialect.escaped_escape + escape)
    if quote != "\0":
        text = text.replace(quote, escape + quote)
    if dialect.line_end == "\r\n":
        text = text.replace("\n", "\r\n")
    return quote + text + quote


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@given(values=st.lists(st.none() | st.text(SPECIAL, max_size=3), max_size=6), data=st.data())
def test_a_look_at_all_bytes_misses_nothing(kind, values, data):
    begin = data.draw(st.integers(0, len(values)))
    column, texts = pa.array(values, kind).slice(begin), [one for one in values[begin:] if one is not None]
    looked = TextBytes(column)
    for char in ' ,"\x00é':
        assert looked.holds(char) or not any(char in text for text in texts)
    assert looked.has_empty() == ("" in texts)
    assert looked.holds_below(ord(" ")) == any(char < " " for text in texts for char in text)
    edges = [edge for text in texts if text for edge in (text[0], text[-1])]
    assert looked.is_padded() == any(edge <= " " for edge in edges)
    assert [chr(byte) for byte in looked.firsts() if byte < 0x80] == [
        text[0] for text in texts if text and text[0] < "\x80"
    ]
