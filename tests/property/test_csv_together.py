"""Small files of CSV that are read together give the rows and the errors of each by itself."""

import gzip
import io
from collections.abc import Iterator

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from csv_texts import DIALECTS, EXAMPLES, written
from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.csv.blocks import BlockSizes
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.reader import CsvReader
from placekeeper.runtime.formats.shared.malformed import MalformedRecord
from placekeeper.runtime.formats.shared.together import Content

Row = tuple[int, dict[str, str | None]]
HEADERS = st.sampled_from([b"a,b\n", b"a,b\r\n", b'"a",b\n', b"b,a\n", b"a;b|c\td\n", b"\n", b"a,a\n"])
PIECES = st.lists(
    st.sampled_from(
        [b"1", b"2", b",", b";", b'"', b'""', b"\\", b"\n", b"\r", b"\r\n", b"\xc3", b"\xa9", b"\0"]
    ),
    max_size=12,
).map(b"".join)
BROKEN_HEADS = st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf", b"\x1f\x8b", b"\xff\xfe"])


@st.composite
def contents(draw: st.DrawFn) -> list[Content]:
    """Files: of the same header, of any, compressed, with a byte order mark, broken, empty."""
    header = draw(HEADERS)
    found = []
    for number in range(draw(st.integers(1, 6))):
        own = draw(st.sampled_from([header] * 6 + [b"", b"x"]))
        text = draw(
            st.just(own + b"1,2\n3,4\n")
            | PIECES.map(own.__add__)
            | written().map(lambda case: case[0].encode())
        )
        data = draw(BROKEN_HEADS) + text
        if draw(st.integers(0, 9)):
            found.append(Content(f"{number}.csv", data))
        else:
            found.append(Content(f"{number}.csv.gz", gzip.compress(data)))
    return found


def by_each(reader: CsvReader, files: list[Content], schema: pa.Schema) -> Iterator[Row]:
    for number, content in enumerate(files):
        for batch in reader.read(io.BytesIO(content.data), content.path, schema):
            for row in batch.to_pylist():
                yield number, row


def by_all(reader: CsvReader, files: list[Content], schema: pa.Schema) -> Iterator[Row]:
    for batch, origins in reader.read_together(files, schema):
        batch.validate(full=True)
        assert batch.schema == schema
        yield from zip(origins.tolist(), batch.to_pylist(), strict=True)


def found_in(rows: Iterator[Row]) -> tuple[list[Row], str]:
    """The rows, and the error that ended them."""
    found = list[Row]()
    try:
        found.extend(rows)
    except RecordUnreadable as error:
        return found, str(error)
    return found, ""


@settings(max_examples=EXAMPLES)
@given(
    contents(),
    DIALECTS,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([["a", "b"], ["b"], ["col1", "col0", "col7"], ["\0"]]),
    st.sampled_from([7, 256 * 1024]),
)
def test_together_as_each(
    files: list[Content],
    dialect: Dialect,
    with_header: bool,
    skip_first: bool,
    keeps: bool,
    names: list[str],
    block: int,
) -> None:
    together, each = list[MalformedRecord](), list[MalformedRecord]()

    def reader(told: list[MalformedRecord]) -> CsvReader:
        limits = BlockSizes(block, block)
        one = CsvReader(dialect, with_header=with_header, skip_first=skip_first, limits=limits)
        return one.keeping(told.append) if keeps else one

    schema = pa.schema([(name, pa.string()) for name in names])
    expected = found_in(by_each(reader(each), files, schema))
    found = found_in(by_all(reader(together), files, schema))
    if expected[1]:  # a batch before the error may have gone through, or not
        assert found[1] == expected[1]
    else:
        assert found == expected
        assert [record.text for record in together] == [record.text for record in each]


@settings(max_examples=EXAMPLES)
@given(
    st.lists(st.text(st.sampled_from('a,"\\\n\r'), max_size=6).map(str.encode), min_size=2, max_size=4),
    st.sampled_from([None, "\\"]),
    st.booleans(),
)
def test_no_value_goes_on_in_the_next_file(texts: list[bytes], escape: str | None, multi_line: bool) -> None:
    reader = CsvReader(Dialect(escape=escape, multi_line=multi_line))
    files = [Content(f"{number}.csv", b"a,a\n" + text) for number, text in enumerate(texts)]
    schema = pa.schema([("col0", pa.string()), ("col1", pa.string())])
    expected, found = (found_in(rows(reader, files, schema)) for rows in (by_each, by_all))
    assert found[1] == expected[1]
    assert found == expected or found[1]


@settings(max_examples=EXAMPLES)
@given(contents(), DIALECTS, st.booleans(), st.integers(1, 3))
def test_a_schema_by_a_line_is_that_of_the_parser(
    files: list[Content], dialect: Dialect, with_header: bool, head: int
) -> None:
    quick = CsvReader(dialect, with_header=with_header)
    slow = CsvReader(dialect, with_header=with_header, compression="none", limits=BlockSizes(head=head))
    for content in files:
        found = schema_or_error(quick, content)
        if "UTF-16" not in str(found):  # a head of three bytes does not tell that
            assert found == schema_or_error(slow, content)


def schema_or_error(reader: CsvReader, content: Content) -> pa.Schema | str:
    try:
        return reader.schema(io.BytesIO(content.data), content.path)
    except RecordUnreadable as error:
        return str(error)
