"""Malformed records among good ones: these are read as without them, and each of the others is told of."""

import io
import json
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.csv.blocks import BlockSizes
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.reader import CsvReader
from placekeeper.runtime.formats.grok.reader import GrokReader
from placekeeper.runtime.formats.json.reader import JsonReader
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.xml.reader import XmlReader

PATH = "f"
GROK = GrokReader.of(FormatOptions({"logFormat": "^%{INT:n:int} %{WORD:word}$"}))
BLOCKS = st.sampled_from([7, 16, 64, 4096])
ENDS = st.sampled_from(["\n", "\r\n"])


def passes(reader, data):
    """The rows, and what is told of malformed ones; both passes over a file tell the same."""
    first, second = [], []
    schema = reader.keeping(first.append).schema(io.BytesIO(data), PATH)
    rows = []
    for batch in reader.keeping(second.append).read(io.BytesIO(data), PATH, schema):
        rows += batch.to_pylist()
    said = [(str(record.error), record.text, record.end) for record in first]
    assert [(str(record.error), record.text, record.end) for record in second] == said
    return rows, first


def whole(reader, data):
    schema = reader.schema(io.BytesIO(data), PATH)
    return [row for batch in reader.read(io.BytesIO(data), PATH, schema) for row in batch.to_pylist()]


def shuffled(good, bad):
    """Lines of both kinds in any order; each says whether it is good."""
    lines = st.one_of(good.map(lambda line: (True, line)), bad.map(lambda line: (False, line)))
    return st.lists(lines, max_size=40)


def check(reader, lines, end, head=()):
    """Read `head` and `lines`; compare with what is read without the malformed lines."""
    data = "".join(f"{line}{end}" for line in [*head, *(line for _, line in lines)]).encode()
    good = "".join(f"{line}{end}" for line in [*head, *(line for is_good, line in lines if is_good)]).encode()
    rows, told = passes(reader, data)
    assert rows == whole(reader, good)
    bad = [(number, line) for number, (is_good, line) in enumerate(lines, len(head) + 1) if not is_good]
    assert len(told) == len(bad)
    for record, (number, line) in zip(told, bad, strict=True):
        assert f"line {number}" in record.error.place
        assert record.text == line
        assert data[: record.end].endswith(line.encode())
        assert data[: record.end].count(b"\n") == number - 1


FIELDS = st.text(st.sampled_from('aé ;"'), max_size=4).map(lambda text: text.replace('"', '""'))
CELLS = FIELDS.map(lambda text: f'"{text}"')
GOOD_ROWS = st.lists(CELLS, min_size=1, max_size=2).map(",".join)
BAD_ROWS = st.sampled_from(["1,2,3", '"a"b,c', 'x,"', '"', '"1","2","3",', 'é,"x" ', '"a","b'])


@given(lines=shuffled(GOOD_ROWS, BAD_ROWS), end=ENDS, block=BLOCKS, header=st.booleans())
def test_csv(lines, end, block, header):
    reader = CsvReader(with_header=header, limits=BlockSizes(block=block, head=min(block, 16)))
    check(reader, lines, end, head=["a,b"])


@given(lines=shuffled(GOOD_ROWS, st.sampled_from(["1,2,3", '"a"b,c', '"1","2","3",'])), block=BLOCKS)
def test_csv_whose_values_may_hold_line_ends(lines, block):
    reader = CsvReader(dialect=Dialect(multi_line=True), limits=BlockSizes(block=block, head=min(block, 16)))
    check(reader, lines, "\n", head=["a,b"])


def test_csv_with_a_quote_that_nobody_closes_goes_on_behind_its_line():
    reader = CsvReader(dialect=Dialect(multi_line=True))
    rows, (told,) = passes(reader, b'1,a\n2,"b\n3,c\n4,d\n')
    assert [row["col0"] for row in rows] == ["1", "3", "4"]
    assert (told.text, told.error.place, told.end) == ('2,"b', "line 2", 8)


@pytest.mark.parametrize("option", ["with_header", "skip_first"])
def test_csv_whose_header_is_malformed_is_a_bad_file(option):
    reader = replace(CsvReader(), **{option: True})
    with pytest.raises(RecordUnreadable, match="line 1"):
        passes(reader, b'a,"b\n1,2\n')


@pytest.mark.parametrize("data", [b"a,b\n1,\xff\n", b"a,b\n1,2,\xff\n", b'a,b\n1,"\xff\n2,3\n'])
def test_csv_in_another_encoding_is_a_bad_file(data):
    with pytest.raises(RecordUnreadable, match="not UTF-8"):
        passes(CsvReader(), data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(st.sampled_from('é{}[],"\n'), max_size=3),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)
OBJECTS = st.fixed_dictionaries({"n": st.integers(0, 9)}, optional={"v": VALUES})
GOOD_LINES = OBJECTS.map(lambda value: json.dumps(value, ensure_ascii=False))
BAD_LINES = st.sampled_from(
    ["oops", "{", '{"a": 1', '{"a": [1, {"b": 2}', '{"a": oops}', "5", '"x"', "]", '{"a": "x', "NaN"]
)


@given(lines=shuffled(GOOD_LINES, BAD_LINES), end=ENDS, block=BLOCKS)
@settings(max_examples=300)
@example(lines=[(False, '{"a": ['), (False, "oops"), (True, '{"n": 1}')], end="\n", block=64)
def test_json_lines(lines, end, block):
    # The first line is good: so a malformed one is known to be a line, and not the begin of a document.
    check(JsonReader(block_bytes=block), lines, end, head=['{"n": 0}'])


@given(lines=shuffled(GOOD_LINES, BAD_LINES.filter(lambda line: line[0] != "{")), block=BLOCKS)
def test_json_lines_that_begin_with_what_is_no_object(lines, block):
    check(JsonReader(block_bytes=block), lines, "\n")


@given(lines=st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=20), block=BLOCKS)
def test_json_array_of_lines(lines, block):
    texts = [f'{{"n": {n}}}' if good else f'{{"n": {n} oops}}' for good, n in lines]
    rows, told = passes(JsonReader(block_bytes=block), ("[\n" + ",\n".join(texts) + "\n]\n").encode())
    assert [row["n"] for row in rows] == [n for good, n in lines if good]
    assert len(told) == sum(not good for good, _ in lines)


@given(before=st.integers(0, 3), behind=st.integers(0, 3), block=BLOCKS)
def test_json_documents_of_several_lines_end_with_the_first_that_is_malformed(before, behind, block):
    good, bad = '{\n "n": 1\n}\n', '{\n "n": oops\n}\n'
    data = (good * before + bad + good * behind).encode()
    rows, (told,) = passes(JsonReader(block_bytes=block), data)
    assert len(rows) == before
    assert told.text.split() == (bad + good * behind).split()
    assert told.end == len(data)


@pytest.mark.parametrize(
    ("data", "numbers", "count"),
    [
        ('{"n":1} oops\n{"n":2}', [1, 2], 1),
        ('{"n":1', [], 1),
        ('[{"n":1},{"n":oops},{"n":3}]', [1], 1),
        ('[{"n":1},{"n":oops}]\n[{"n":3}]\n', [1, 3], 1),
        ('[{"n":1}', [1], 1),
        ('[\n{"n":1}\n{"n":2},\n{"n":3}\n]', [1, 3], 1),
        ('[5,\n{"n":1}]', [1], 1),
        ('{"n":1}{"n":2}oops{"n":3}\n{"n":4}', [1, 2, 4], 1),
        ('{"n":\n{"n":2}\n{"n":3}\n', [2, 3], 1),
        ('{"n":\n"m"', [], 1),
        ("oops\noops\n", [], 2),
    ],
)
@pytest.mark.parametrize("block", [1, 5, 4096])
def test_json_where_reading_goes_on(data, numbers, count, block):
    rows, told = passes(JsonReader(block_bytes=block), data.encode())
    assert [row["n"] for row in rows] == numbers
    assert len(told) == count


def test_json_by_a_path_tells_of_what_is_no_object():
    reader = JsonReader.of(FormatOptions({"jsonPath": "$.rows[*]"}))
    data = b'{"rows": [{"n": 1}, 2]}\n{"rows": oops}\n{"rows": [{"n": 3}]}\n'
    rows, told = passes(reader, data)
    assert [row["n"] for row in rows] == [1, 3]
    assert [record.text for record in told] == ["2", '{"rows": oops}']


@pytest.mark.parametrize(
    "data", [b'{"n": 1}\n{"n": "\xff"}\n', b'{"n": oops}\n{"n": "\xff"}\n', b"oops \xff"]
)
def test_json_in_another_encoding_is_a_bad_file(data):
    with pytest.raises(RecordUnreadable, match="not UTF-8"):
        passes(JsonReader(), data)


@given(
    lines=shuffled(
        st.builds("{} {}".format, st.integers(0, 99), st.sampled_from("ab")),
        st.sampled_from(["oops", "1", "é 1", " 1 a"]),
    ),
    end=ENDS,
    block=BLOCKS,
)
def test_logs(lines, end, block):
    check(replace(GROK, block_bytes=block), lines, end)


@given(before=st.integers(0, 5), behind=st.integers(0, 5), block=BLOCKS)
def test_xml_ends_with_the_first_error(before, behind, block):
    row = "<row><n>1</n></row>"
    bad = "<row><n>2</m></row>"
    data = f"<rows>{row * before}{bad}{row * behind}</rows>".encode()
    reader = replace(XmlReader.of(FormatOptions({"rowTag": "row"})), block_bytes=block)
    rows, (told,) = passes(reader, data)
    assert len(rows) == before
    assert told.text == f"{bad}{row * behind}</rows>"
    assert told.end == len(data)


@pytest.mark.parametrize("data", [b"hello", b"a,b\n1,2\n", b'<?xml version="1.0" encoding="x-none"?><a/>'])
def test_what_is_no_xml_at_all_is_a_bad_file(data):
    with pytest.raises(RecordUnreadable):
        passes(XmlReader.of(FormatOptions({"rowTag": "row"})), data)


ROWS = 30
FILES = {
    "csv": (CsvReader(), "".join(f'{n},"na,me{n}",é\n' for n in range(ROWS))),
    "csv of lines": (
        CsvReader(dialect=Dialect(multi_line=True, escape="\\")),
        "".join(f'{n},"na\nme{n}",\\,\n' for n in range(ROWS)),
    ),
    "json": (JsonReader(), "".join(f'{{"n": {n}, "v": ["é", {{"a": 1}}]}}\n' for n in range(ROWS))),
    "json array": (JsonReader(), json.dumps([{"n": n} for n in range(ROWS)], indent=1)),
    "log": (GROK, "".join(f"{n} a\n" for n in range(ROWS))),
    "xml": (
        XmlReader.of(FormatOptions({"rowTag": "row"})),
        "<rows>" + "".join(f"<row><n>{n}</n>é</row>\n" for n in range(ROWS)) + "</rows>",
    ),
}


@given(
    name=st.sampled_from(sorted(FILES)),
    damage=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(b'"\n,{}[]<>&\\a\xff ')), max_size=4
    ),
    cut=st.floats(0, 1),
    blocks=st.tuples(BLOCKS, BLOCKS),
)
@settings(max_examples=400)
@example(name="json", damage=[(0.0, ord('"'))], cut=0.0215, blocks=(7, 64))  # it ends in a space
def test_however_a_file_is_damaged_both_passes_and_all_blocks_agree(name, damage, cut, blocks):
    reader, text = FILES[name]
    data = bytearray(text.encode())
    for where, byte in damage:
        data[int(where * len(data))] = byte
    data = bytes(data[: int(cut * len(data))])

    def found(block):
        sized = (
            replace(reader, limits=BlockSizes(block=block, head=min(block, 16)))
            if isinstance(reader, CsvReader)
            else replace(reader, block_bytes=block)
        )
        try:
            rows, told = passes(sized, data)
        except RecordUnreadable as error:
            return str(error)
        return rows, [(record.error.place, record.end) for record in told]

    one, other = map(found, blocks)
    assert isinstance(one, str) == isinstance(other, str)
    if not isinstance(one, str):
        assert one == other


def test_texts_are_cut():
    data = b'{"n": 1}\n' + b"x" * 5000 + b'\n{"n": 2}\n'
    rows, (told,) = passes(JsonReader(), data)
    assert (len(rows), told.text, told.end) == (2, "x" * 1000, 9 + 5000)
    rows, (told,) = passes(CsvReader(), b"1\n" + b"x" * 5000 + b",\n2\n")
    assert (len(rows), told.text, told.end) == (2, "x" * 1000, 2 + 5001)


def test_a_file_of_malformed_records_has_no_rows():
    rows, told = passes(JsonReader(), b"oops\n" * 3)
    assert (rows, len(told)) == ([], 3)
    assert pa.schema([]) == JsonReader().keeping(told.append).schema(io.BytesIO(b"oops\n"), PATH)
