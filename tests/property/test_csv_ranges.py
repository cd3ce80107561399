"""Files of CSV that are cut anywhere: the ranges have the rows of the whole file, or its first error."""

import io
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from csv_texts import BLOCKS, CHARACTERS, DIALECTS, EXAMPLES, written
from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.csv.blocks import BlockSizes
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.reader import CsvReader

PATH = "f.csv"
CUTS = st.lists(st.integers(0, 200), max_size=4)
READERS = st.builds(CsvReader, with_header=st.booleans(), skip_first=st.booleans())


def check(data: bytes, reader: CsvReader, cuts: list[int]) -> None:
    file = io.BytesIO(data)
    least = min((cut for cut in cuts if cut), default=0)
    if reader.why_whole(file, PATH, least):
        return
    schema = reader.schema(io.BytesIO(data), PATH)
    ends = sorted({cut for cut in cuts if cut < len(data)} - {0})
    rows: list[object] = []
    errors = []
    for begin, end in zip([0, *ends], [*ends, len(data)], strict=True):
        try:
            rows += rows_of(reader.read_range(io.BytesIO(data), PATH, schema, begin, end))
        except RecordUnreadable as error:
            errors.append(str(error))
    try:
        whole = rows_of(reader.read(io.BytesIO(data), PATH, schema)), []
    except RecordUnreadable as error:
        whole = [], [str(error)]
    assert errors[:1] == whole[1]
    assert errors or rows == whole[0]


def rows_of(batches):
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


@settings(max_examples=EXAMPLES)
@given(written(), READERS, BLOCKS, CUTS, st.booleans())
def test_what_was_written_and_then_broken(case, reader, block, cuts, marked) -> None:
    text, dialect = case
    dialect = replace(dialect, multi_line=False)
    reader = replace(reader, dialect=dialect, limits=BlockSizes(block=block, head=block))
    check(("\ufeff" * marked + text).encode(), reader, cuts)


@settings(max_examples=EXAMPLES)
@given(st.text(CHARACTERS, max_size=40), DIALECTS, READERS, st.integers(8, 40), CUTS)
def test_any_characters(text, dialect, reader, block, cuts) -> None:
    dialect = replace(dialect, multi_line=False)
    reader = replace(reader, dialect=dialect, limits=BlockSizes(block=block, head=block))
    check(text.encode(), reader, cuts)


@given(st.binary(max_size=60), st.integers(8, 40), CUTS)
def test_any_bytes(data, block, cuts) -> None:
    check(b"a,b\n1,2\n" + data, CsvReader(limits=BlockSizes(block=block, head=block)), cuts)


def test_what_has_no_certain_border_is_read_whole() -> None:
    data = b"a,b\n1,2\n3,4\n"
    readers = {
        CsvReader(Dialect(multi_line=True)): "multiLine",
        CsvReader(encoding="utf-16-le"): "utf-16-le",
        CsvReader(compression="gzip"): "compressed",
        CsvReader().keeping(print): "malformed",
    }
    for reader, reason in readers.items():
        assert reason in reader.why_whole(io.BytesIO(data), PATH, 100)
    assert "compressed" in CsvReader().why_whole(io.BytesIO(data), "f.csv.gz", 100)
    assert CsvReader().why_whole(io.BytesIO(data), PATH, 100) == ""
