"""Files of CSV that are cut anywhere: the ranges have the rows of the whole file, or an error of it."""

import io
from dataclasses import replace

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from csv_texts import BLOCKS, CHARACTERS, DIALECTS, EXAMPLES, written
from placekeeper.model.errors import RecordUnreadable
from placekeeper.model.objects import ObjectMeta
from placekeeper.rules.selection.roots import Roots
from placekeeper.runtime.connectors.added_columns import Extended
from placekeeper.runtime.connectors.folder_columns import FolderColumns
from placekeeper.runtime.connectors.table_columns import TableColumns
from placekeeper.runtime.formats.csv.blocks import BlockSizes
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.reader import CsvReader
from placekeeper.runtime.formats.format import Reader, reader_of, why_whole
from placekeeper.runtime.types.merging import merge_schemas

PATH = "f.csv"
CUTS = st.lists(st.integers(0, 200), max_size=4)
READERS = st.builds(CsvReader, with_header=st.booleans(), skip_first=st.booleans())


def check(data: bytes, reader: Reader, cuts: list[int]) -> None:
    file = io.BytesIO(data)
    least = min((cut for cut in cuts if cut), default=0)
    if why_whole(reader, file, PATH, least):
        return
    try:
        schema = reader.schema(io.BytesIO(data), PATH)
    except RecordUnreadable:  # a reader that reads all for its schema
        return
    ends = sorted({cut for cut in cuts if cut < len(data)} - {0})
    ranges = list(zip([0, *ends], [*ends, len(data)], strict=True))
    if reader.reads_all_for_schema:
        found = [reader.schema_range(io.BytesIO(data), PATH, begin, end) for begin, end in ranges]
        assert merge_schemas(found) == schema
    rows: list[object] = []
    errors = []
    for begin, end in ranges:
        try:
            rows += rows_of(reader.read_range(io.BytesIO(data), PATH, schema, begin, end))
        except RecordUnreadable as error:
            errors.append(str(error))
    try:
        whole = rows_of(reader.read(io.BytesIO(data), PATH, schema)), []
    except RecordUnreadable as error:
        whole = [], [str(error)]
    assert bool(errors) == bool(whole[1])
    assert set(whole[1]) <= set(errors)  # quotes are looked at before fields are counted
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


CELLS = st.sampled_from(["", "1", "23", "x", "1.5", '"7"', '"a ""b"""', "é"])
KEY = pa.schema([("k", pa.int32())])
LAYOUT = ("a", "b", "c")
TABLE = TableColumns(
    pa.schema([("a", pa.int64()), ("b", pa.string()), ("c", pa.float64())]), KEY, ("",), ((7,),), (LAYOUT,)
)


def keyed(reader: Reader) -> Reader:
    return Extended(reader, KEY, lambda paths: [pa.array([7] * len(paths), pa.int32())])


def timed(reader: Reader) -> Reader:
    return FolderColumns(Roots.of([""]), (), timestamp="at").described(reader)


@settings(max_examples=EXAMPLES)
@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=12),
    READERS,
    BLOCKS,
    CUTS,
    st.sampled_from([keyed, timed, TABLE.described]),
)
def test_files_with_columns_of_a_table_or_of_folders(cells, reader, block, cuts, wrap) -> None:
    reader = replace(reader, dialect=Dialect(), limits=BlockSizes(block=block, head=block))
    text = "".join(",".join(row) + "\n" for row in cells)
    meta = ObjectMeta(path=PATH, last_modified_ms=1, size=len(text.encode()))
    check(text.encode(), reader_of(wrap(reader), meta), cuts)


def test_a_cut_file_of_a_table_is_looked_at_in_all_its_pieces() -> None:
    reader = TABLE.described(CsvReader())
    data = b"1,x,1.5\n2,y,2.5\nz,z,3.5\n"
    assert not why_whole(reader, io.BytesIO(data), PATH, 12)
    check(data, reader, [12, 20])
    parts = [reader.schema_range(io.BytesIO(data), PATH, *part) for part in ((0, 12), (12, 20), (20, 24))]
    assert [part.field("a").type == pa.int64() for part in parts] == [True, False, True]
