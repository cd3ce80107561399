"""What the writer of XML writes, and that our reader gives it back."""

import datetime
import io
import os
import string
from dataclasses import replace
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_staging import MemoryFile
from placekeeper.model.errors import UnsupportedFeature, ValueUnwritable
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.formats.xml.reader import XmlReader

PATH = "file:///out/a.xml"
EXAMPLES = int(os.environ.get("PLACEKEEPER_HISTORIES", "60"))  # `make soak` sets more


def written(table: pa.Table, **options: object) -> str:
    output, file = FORMATS.output("xml", options), MemoryFile(PATH)
    output.check_names(table.schema.names)
    writer = output.writer(file, table.schema)
    for batch in table.to_batches(max_chunksize=2):
        writer.write(batch)
    writer.close()
    return file.data.decode()


def read(text: str, schema: pa.Schema | None = None, **options: object) -> pa.Table:
    reader = FORMATS.reader("xml", {"rowTag": "ROW", **options})
    assert isinstance(reader, XmlReader)
    if schema is not None:
        reader = replace(reader, declared=schema, values=replace(reader.values, typed=False))
    found = reader.schema(io.BytesIO(text.encode()), PATH)
    return pa.Table.from_batches(list(reader.read(io.BytesIO(text.encode()), PATH, found)), found)


MOMENT = datetime.datetime(2020, 1, 1, 12, 30, tzinfo=datetime.UTC)


def test_the_layout() -> None:
    table = pa.Table.from_pylist(
        [
            {
                "_id": 1,
                "name": 'a <&> "b"',
                "price": {"_cur": 'E"R', "_VALUE": 1.5},
                "tags": ["x", None],
                "at": MOMENT,
                "ok": True,
                "n": None,
                "b": b"a",
                "d": Decimal("1.50"),
                "m": [("k", 1)],
            },
            {"_id": None, "name": "", "tags": [], "price": None},
        ],
        pa.schema(
            [
                ("_id", pa.int64()),
                ("name", pa.string()),
                ("price", pa.struct([("_cur", pa.string()), ("_VALUE", pa.float64())])),
                ("tags", pa.list_(pa.string())),
                ("at", pa.timestamp("us", "UTC")),
                ("ok", pa.bool_()),
                ("n", pa.int32()),
                ("b", pa.binary()),
                ("d", pa.decimal128(5, 2)),
                ("m", pa.map_(pa.string(), pa.int32())),
            ]
        ),
    )
    first = (
        '<ROW id="1"><name>a &lt;&amp;&gt; "b"</name><price cur="E&quot;R">1.5</price><tags>x</tags>'
        "<tags></tags><at>2020-01-01T12:30:00.000Z</at><ok>true</ok><b>YQ==</b><d>1.50</d><m><k>1</k></m></ROW>"
    )
    declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    assert written(table).splitlines() == [
        *(declaration, "<ROWS>", first, "<ROW><name></name></ROW>", "</ROWS>")
    ]
    assert read(written(table)).to_pylist()[0] == {
        "_id": 1,
        "name": 'a <&> "b"',
        "price": {"_cur": 'E"R', "_VALUE": 1.5},
        "tags": ["x", ""],
        "at": "2020-01-01T12:30:00.000Z",
        "ok": True,
        "b": "YQ==",
        "d": 1.5,
        "m": {"k": 1},
    }


def test_the_options() -> None:
    table = pa.table({"@a": [1], "#": ["x"], "b": ["y"]})
    text = written(table, rowTag="book", rootTag="books", attributePrefix="@", valueTag="#")
    assert text.splitlines()[1:] == ["<books>", '<book a="1">x<b>y</b></book>', "</books>"]
    back = read(text, rowTag="book", attributePrefix="@", valueTag="#")
    assert back.to_pylist() == [{"@a": 1, "b": "y", "#": "x"}]
    assert FORMATS.output("xml", {"compression": "gzip"}).suffix == ".xml.gz"


@pytest.mark.parametrize("options", [{"rowTag": "<a>"}, {"rootTag": "a b"}, {"encoding": "latin-1"}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(UnsupportedFeature, match=next(iter(options))):
        FORMATS.output("xml", options)


@pytest.mark.parametrize("name", ["a b", "1a", "", "a<", "_"])
def test_names_that_xml_does_not_have_are_refused(name: str) -> None:
    with pytest.raises(UnsupportedFeature, match="xml cannot hold the field"):
        written(pa.table({name: [1]}))
    with pytest.raises(UnsupportedFeature, match="xml cannot hold the field"):
        written(pa.table({"s": [{name: 1}]}))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a\0b", r"column v, row 3 of a file: 'a\\x00b' has the character '\\x00'"),
        ("\ufffe", "which XML does not have"),
    ],
)
def test_characters_that_xml_does_not_have_fail_by_column_and_row(value: str, said: str) -> None:
    with pytest.raises(ValueUnwritable, match=said):
        written(pa.table({"u": ["", "", ""], "v": ["x", "y", value]}))


def test_a_key_that_is_no_name_fails() -> None:
    table = pa.table({"m": pa.array([[("a b", 1)]], pa.map_(pa.string(), pa.int32()))})
    with pytest.raises(ValueUnwritable, match="column m, row 1 of a file: the key 'a b'"):
        written(table)


NAME = st.text(string.ascii_letters, min_size=1, max_size=3)
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("<>&'\"\r\n\t ]"),
    max_size=6,
).filter(lambda text: not any(ord(char) & 0xFFFE == 0xFFFE for char in text))
SINGLES: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.string(), TEXT),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.float64(), st.floats(allow_nan=False)),
    (pa.bool_(), st.booleans()),
    (pa.decimal128(10, 2), st.decimals(-9999, 9999, places=2)),
    (pa.date32(), st.dates()),
    (pa.timestamp("us", "UTC"), st.datetimes(timezones=st.just(datetime.UTC))),
]


@st.composite
def typed(draw: st.DrawFn, depth: int = 2) -> tuple[pa.DataType, st.SearchStrategy[Any]]:
    """A type, and its values without what XML cannot tell from null."""
    kind = draw(st.sampled_from(["single", "single", "struct", "list"] if depth else ["single"]))
    if kind == "struct":
        names = draw(st.lists(NAME, min_size=1, max_size=3, unique=True))
        inner = [draw(typed(depth - 1)) for _ in names]
        values = st.fixed_dictionaries(
            {name: st.none() | value for name, (_, value) in zip(names, inner, strict=True)}
        ).filter(lambda value: any(item is not None for item in value.values()))
        return pa.struct([(name, kind) for name, (kind, _) in zip(names, inner, strict=True)]), values
    if kind == "list":
        data_type, value = draw(st.sampled_from(SINGLES))
        return pa.list_(pa.field("element", data_type)), st.lists(value, min_size=1, max_size=3)
    return draw(st.sampled_from(SINGLES))


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    names = draw(st.lists(NAME | NAME.map(lambda name: f"_{name}"), min_size=1, max_size=3, unique=True))
    length = draw(st.integers(1, 4))
    columns = []
    for name in names:
        data_type, value = draw(typed(0 if name.startswith("_") else 2))
        columns.append(
            pa.array(draw(st.lists(st.none() | value, min_size=length, max_size=length)), data_type)
        )
    return pa.Table.from_arrays(columns, names)


@settings(max_examples=EXAMPLES, deadline=None)
@given(tables())
def test_what_is_written_is_read_back(table: pa.Table) -> None:
    text = written(table)
    ElementTree.fromstring(text)
    assert read(text, table.schema).to_pylist() == table.to_pylist()
