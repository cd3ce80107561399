"""The reader of XML against what its rows are, at every cut of its blocks."""

import bz2
import gzip
import io
import tracemalloc
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.formats.xml.elements import recognised
from placekeeper.runtime.formats.xml.reader import XmlReader
from placekeeper.runtime.types.fields import is_choice

PATH = "s3://bucket/folder/a.xml"


def reader(tag: str = "row", **options: object) -> XmlReader:
    found = FORMATS.reader("xml", {"rowTag": tag, **options})
    assert isinstance(found, XmlReader)
    return found


def read(data: str | bytes, tag: str = "row", path: str = PATH, **options: object) -> pa.Table:
    raw = data.encode() if isinstance(data, str) else data
    xml = reader(tag, **options)
    schema = xml.schema(io.BytesIO(raw), path)
    return pa.Table.from_batches(list(xml.read(io.BytesIO(raw), path, schema)), schema)


def rows(data: str | bytes, tag: str = "row", **options: object) -> list[dict[str, Any]]:
    """The rows without what is null in them."""
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in read(data, tag, **options).to_pylist()
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("5", 5), ("-3", -3), ("+5", 5), ("007", 7), ("3000000000", 3_000_000_000)),
        *((".5", 0.5), ("1.", 1.0), ("1.50", 1.5), ("1.5e3", 1500.0), ("1E-2", 0.01), ("-0.0", -0.0)),
        *(("true", True), ("FALSE", False)),
        ("12345678901234567890", 12345678901234567890),
        *(
            (text, text)
            for text in ("1" * 39, "1e999", "1_000", "5f", "0x1F", "+", "-", ".", "1.2.3", "\u0661")
        ),
        *(
            (text, text)
            for text in (" 5", "5 ", "yes", "NaN", "Infinity", "2020-01-01", "true ", "", "truely")
        ),
    ],
)
def test_the_type_of_a_text(text: str, value: object) -> None:
    assert recognised(text) == value
    assert type(recognised(text)) is type(value)


BOOKS = """<?xml version="1.0" encoding="UTF-8"?>
<!-- two books --><?order by="id"?>
<catalog xmlns:x="http://x">
  <book id="bk101" x:lang="en">
    <author>Gambardella</author><author>Corets</author>
    <title>XML &amp; more &#233;</title>
    <price currency="EUR">44.95</price>
    <x:stock>5</x:stock>
    <note/>
    <size><w>1</w><h>2</h></size>
  </book>
  <other><book id="bk102"><author>Ralls</author><author>x</author><title><![CDATA[<Midnight>]]> Rain</title>
    <price currency="USD">5</price></book></other>
</catalog>
"""


def test_elements_attributes_arrays_and_structs() -> None:
    table = read(BOOKS, "book")
    assert table.to_pylist() == [
        {
            "_id": "bk101",
            "_x:lang": "en",
            "author": ["Gambardella", "Corets"],
            "title": "XML & more é",
            "price": {"_currency": "EUR", "_VALUE": {"double": 44.95, "int": None}},
            "x:stock": 5,
            "note": None,
            "size": {"w": 1, "h": 2},
        },
        {
            "_id": "bk102",
            "_x:lang": None,
            "author": ["Ralls", "x"],
            "title": "<Midnight> Rain",
            "price": {"_currency": "USD", "_VALUE": {"double": None, "int": 5}},
            "x:stock": None,
            "note": None,
            "size": None,
        },
    ]
    assert table.schema.field("size").type == pa.struct([("w", pa.int32()), ("h", pa.int32())])


def test_the_same_rows_at_every_cut() -> None:
    expected = read(BOOKS, "book")
    for size in range(1, 60):
        xml = XmlReader("book", block_bytes=size)
        data = BOOKS.encode()
        schema = xml.schema(io.BytesIO(data), PATH)
        assert schema == expected.schema
        assert pa.Table.from_batches(xml.read(io.BytesIO(data), PATH, schema), schema) == expected


def test_an_element_once_and_repeated_is_a_choice() -> None:
    table = read("<r><row><a>1</a></row><row><a>1</a><a>2</a></row></r>")
    assert is_choice(table.schema.field("a"))
    assert table.column("a").to_pylist() == [{"array": None, "int": 1}, {"array": [1, 2], "int": None}]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("<r><row><row>in</row></row></r>", [{"row": "in"}]),
        ("<r><row><x><row><a>1</a></row></x></row></r>", [{"x": {"row": {"a": 1}}}]),
        ('<r><row a="1"/><row/></r>', [{"_a": 1}, {}]),
        ("<row><a>1</a></row>", [{"a": 1}]),
        ("<r><row>text</row><row> </row></r>", [{"_VALUE": "text"}, {}]),
        ('<r><row a="1"> 5 </row></r>', [{"_a": 1, "_VALUE": " 5 "}]),
        ("<r><rowx><a>1</a></rowx><row><a>2</a></row></r>", [{"a": 2}]),
        (
            "<r><row><p>Hello <b>big</b> world</p></row></r>",
            [{"p": {"b": "big", "_VALUE": ["Hello ", " world"]}}],
        ),
        ("<r><row>\n <a>1</a>\n <!-- x --> </row></r>", [{"a": 1}]),
        ("<r><row><a>1<!-- no -->2</a></row></r>", [{"a": 12}]),
        ("<r><row><a x='1'/><b x='1'> </b></row></r>", [{"a": {"_x": 1}, "b": {"_x": 1}}]),
        ('<r xmlns="http://d"><row xmlns:i="u" i:nil="true"/></r>', [{"_xmlns:i": "u", "_i:nil": True}]),
    ],
)
def test_what_rows_are(data: str, expected: list[dict[str, Any]]) -> None:
    assert rows(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        "<row><a>1</a></row>\n<row><a>2</a></row>\n",
        "<row><a>1</a></row><row><a>2</a></row>",
        "<r><row><a>1</a></row></r><!-- x --><r><row><a>2</a></row></r>",
        '<?xml version="1.0"?><row><a>1</a></row>\n<?xml version="1.0"?>\n<row><a>2</a></row>',
        '\n <?xml version="1.0"?><r><row><a>1</a></row><row><a>2</a></row></r>\n',
        "\ufeff<r><row><a>1</a></row><row><a>2</a></row></r>",
        "<!DOCTYPE r [<!ELEMENT r (row*)>]><r><row><a>1</a></row><row><a>2</a></row></r>",
    ],
)
@pytest.mark.parametrize("block", [1, 7, 64, 1 << 18])
def test_several_elements_at_the_top(data: str, block: int) -> None:
    xml = XmlReader("row", block_bytes=block)
    raw = data.encode()
    schema = xml.schema(io.BytesIO(raw), PATH)
    found = [row for batch in xml.read(io.BytesIO(raw), PATH, schema) for row in batch.to_pylist()]
    assert found == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("data", ["", " \n", "<r/>", "<r><x>1</x></r>"])
def test_no_rows(data: str) -> None:
    assert read(data).num_rows == 0
    assert read(data).schema.names == []


def test_the_options() -> None:
    data = '<r><row k="1" e=""><a> x </a><b> </b><c></c><d t="1">v</d></row></r>'
    assert rows(data) == [{"_k": 1, "a": " x ", "b": " ", "d": {"_t": 1, "_VALUE": "v"}}]
    assert rows(data, ATTRIBUTEPREFIX="@", valuetag="#") == [
        {"@k": 1, "a": " x ", "b": " ", "d": {"@t": 1, "#": "v"}}
    ]
    assert rows(data, excludeAttribute="TRUE") == [{"a": " x ", "b": " ", "d": "v"}]
    assert rows(data, treatEmptyValuesAsNulls="true") == [
        {"_k": 1, "a": " x ", "d": {"_t": 1, "_VALUE": "v"}}
    ]
    assert rows(data, ignoreSurroundingSpaces=True) == [{"_k": 1, "a": "x", "d": {"_t": 1, "_VALUE": "v"}}]


def test_an_empty_element_is_an_empty_text_among_texts_and_null_among_numbers() -> None:
    data = (
        "<r><row><n>1</n><s>x</s><p>1</p></row><row><n/><s/><p><q>1</q></p></row><row><n></n><p/></row></r>"
    )
    table = read(data)
    assert table.column("n").to_pylist() == [1, None, None]
    assert table.column("s").to_pylist() == ["x", "", None]
    assert [p if p is None else p["int"] for p in table.column("p").to_pylist()] == [1, None, None]
    assert read(data, treatEmptyValuesAsNulls=True).column("s").to_pylist() == ["x", None, None]


@pytest.mark.parametrize("tag", ["", None, "<row>", "a b", "1a"])
def test_a_row_tag_is_required(tag: object) -> None:
    with pytest.raises(UnsupportedFeature, match="rowTag"):
        FORMATS.reader("xml", {"rowTag": tag})
    with pytest.raises(UnsupportedFeature, match=r"format_options=\{'rowTag': 'book'\}"):
        FORMATS.reader("xml", {})


@pytest.mark.parametrize(
    ("data", "place", "reason"),
    [
        ("<r>\n<row><a>1</a></row>\n<row><a>2", "line 3, column 10", "the file ends within a"),
        ("<r>\n<row><a>1</a></row>\n", "line 3, column 1", "the file ends within the element at its top"),
        (
            "<r><row>\n<a>1</b></row></r>",
            "line 2, column 7, in the row that begins in line 1",
            "mismatched tag",
        ),
        ("<r><row><a>&nbsp;</a></row></r>", "line 1, column 12", "undefined entity"),
        ("<r><row><a>\x01</a></row></r>", "line 1, column 12", "not well-formed"),
        ("<row><a>1</a></row>\nxyz", "line 2, column 1", "syntax error"),
        ("id,name\n1,x\n", "line 1, column 1", "syntax error"),
        ("<r><row a='1' a='2'/></r>", "line 1", "duplicate attribute"),
        (b"<r><row><a>\xe9</a></row></r>", "line 1", "the byte 0xe9, number 12 of the file, is not utf-8"),
        ("<?xml version='1.0' encoding='klingon'?><r/>", "line 1", "encoding 'klingon', which is not read"),
        ("<r><row>" + "<a>" * 200 + "</a>" * 200 + "</row></r>", "line 1", "more than 100 deep"),
    ],
)
def test_what_is_no_xml_is_refused_with_its_place(data: str | bytes, place: str, reason: str) -> None:
    with pytest.raises(RecordUnreadable) as caught:
        read(data)
    assert caught.value.path == PATH
    assert caught.value.place.startswith(place)
    assert reason in caught.value.reason


BILLION = "".join(
    [
        '<!DOCTYPE r [<!ENTITY a0 "ha">',
        *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)),
        "]><r><row><a>&a9;</a></row></r>",
    ]
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BILLION, "declares the entity 'a0'"),
        ('<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><r><row><a>&f;</a></row></r>', "entity 'f'"),
        ('<!DOCTYPE r [<!ENTITY % p SYSTEM "http://x/p.dtd"> %p;]><r><row/></r>', "entity 'p'"),
        ('<!DOCTYPE r SYSTEM "r.dtd"><r><row><a>&f;</a></row></r>', "the entity 'f' is not declared"),
    ],
)
def test_entities_are_not_expanded(data: str, reason: str) -> None:
    with pytest.raises(RecordUnreadable, match=reason):
        read(data)


ACCENTS = '<?xml version="1.0"{}?><r><row><a>é€</a></row></r>'


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (ACCENTS.format("").encode(), {}),
        (ACCENTS.format(' encoding="windows-1252"').encode("cp1252"), {}),
        (ACCENTS.format(' encoding="UTF-16"').encode("utf-16"), {}),
        (ACCENTS.format("").encode("utf-16-le"), {}),
        (ACCENTS.format(' encoding="utf-16"').encode(), {}),
        (ACCENTS.format(' encoding="ISO-8859-1"').encode("cp1252"), {"encoding": "windows-1252"}),
        (ACCENTS.format(' encoding="ISO-8859-15"').encode("iso8859-15"), {}),
    ],
)
def test_encodings(data: bytes, options: dict[str, object]) -> None:
    assert rows(data, **options) == [{"a": "é€"}]


def test_compressed() -> None:
    data = b"<r><row><a>1</a></row></r>"
    assert read(gzip.compress(data), path=f"{PATH}.gz").to_pylist() == [{"a": 1}]
    assert read(bz2.compress(data), path=f"{PATH}.bz2").to_pylist() == [{"a": 1}]
    assert read(gzip.compress(data), compressionType="gzip").to_pylist() == [{"a": 1}]
    with pytest.raises(RecordUnreadable, match="gzip"):
        read(gzip.compress(data)[:-9], path=f"{PATH}.gz")


class Long(io.BytesIO):
    """A file of rows of 10 kB, made while it is read."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        row = b"<row><a>1</a><b>" + b"x" * 10_000 + b"</b></row>"
        self._pieces = iter([b"<r>", *[row] * rows, b"</r>"])

    def read(self, _size: int | None = -1) -> bytes:
        return next(self._pieces, b"")


def peak_of(count: int) -> int:
    xml, schema = reader(), pa.schema([("a", pa.int32()), ("b", pa.string())])
    tracemalloc.start()
    try:
        assert sum(batch.num_rows for batch in xml.read(Long(count), PATH, schema)) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file() -> None:
    peak_of(1)  # Arrow imports what it needs
    assert peak_of(2000) < 8 * 1024 * 1024  # of 20 MB
