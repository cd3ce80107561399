"""Schemas that scripts declare with withSchema, of JSON and XML."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.formats.shared.declared_values import single

PATH = "s3://bucket/folder/a"


def struct(**fields: Any) -> dict[str, Any]:
    """A StructType in JSON; a field's type is a name or JSON itself."""
    return {
        "dataType": "struct",
        "properties": {},
        "fields": [
            {
                "name": name,
                "properties": {},
                "container": {"dataType": kind} if isinstance(kind, str) else kind,
            }
            for name, kind in fields.items()
        ],
    }


def array(kind: Any) -> dict[str, Any]:
    return {"dataType": "array", "elementType": {"dataType": kind} if isinstance(kind, str) else kind}


def read(format: str, data: str, schema: object, **options: object) -> pa.Table:
    reader = FORMATS.reader(format, {"withSchema": schema, **options})
    assert not reader.reads_all_for_schema
    found = reader.schema(io.BytesIO(b"broken"), PATH)  # not looked at
    return pa.Table.from_batches(list(reader.read(io.BytesIO(data.encode()), PATH, found)), found)


MOMENT = datetime(2020, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        *((pa.int32(), value, 5) for value in (5, "5", " +5 ", 5.0)),
        *((pa.int32(), value, None) for value in ("5.5", 5.5, 2**31, "x", True, None, "", [], {})),
        (pa.int8(), "-128", -128),
        (pa.float64(), "1.5", 1.5),
        (pa.float64(), 2, 2.0),
        *((pa.float64(), value, None) for value in ("1_0", "x", True, "")),
        *((pa.bool_(), value, True) for value in (True, "true", "TRUE ")),
        *((pa.bool_(), value, None) for value in (1, "1", "yes")),
        (pa.decimal128(5, 2), "1.005", Decimal("1.01")),
        (pa.decimal128(5, 2), 1.25, Decimal("1.25")),
        (pa.decimal128(5, 2), 7, Decimal("7.00")),
        *((pa.decimal128(5, 2), value, None) for value in ("1000", 10**30, "x", True, "1e9999")),
        (pa.date32(), "2020-01-01", date(2020, 1, 1)),
        *((pa.date32(), value, None) for value in ("2020-13-01", 5, "x")),
        *(
            (pa.timestamp("us", "UTC"), v, MOMENT)
            for v in ("2020-01-01 12:00:00", "2020-01-01T13:00:00+01:00")
        ),
        (pa.timestamp("us", "UTC"), "0001-01-01T00:00:00+01:00", None),
        *(
            (pa.string(), v, t)
            for v, t in ((5, "5"), (1.5, "1.5"), (True, "true"), ({"a": [1]}, '{"a":[1]}'))
        ),
        (pa.binary(), "YQ==", b"a"),
        (pa.binary(), "?", None),
        (pa.null(), 5, None),
    ],
)
def test_values_in_declared_types(kind: pa.DataType, value: object, expected: object) -> None:
    assert single(kind)(value) == expected


NESTED = struct(
    id="long",
    name="string",
    at="timestamp",
    tags=array("string"),
    inside=struct(x="int", y="double"),
    m={"dataType": "map", "valueType": {"dataType": "int"}},
    either={"dataType": "choice", "choices": [{"dataType": "int"}, {"dataType": "string"}]},
    gone="date",
)


def test_json() -> None:
    data = (
        '{"id":1,"name":5,"at":"2020-01-01T12:00:00Z","tags":["a",2],"inside":{"x":"7","z":1},"m":{"k":1,"l":"x"},'
        '"either":3,"other":true}\n{"id":"no","tags":"a","inside":4,"either":"x"}\n'
    )
    table = read("json", data, json.dumps(NESTED))
    assert table.schema.names == ["id", "name", "at", "tags", "inside", "m", "either", "gone"]
    assert table.to_pylist() == [
        {
            "id": 1,
            "name": "5",
            "at": MOMENT,
            "tags": ["a", "2"],
            "inside": {"x": 7, "y": None},
            "m": [("k", 1), ("l", None)],
            "either": {"int": 3, "string": None},
            "gone": None,
        },
        {
            "id": None,
            "name": None,
            "at": None,
            "tags": None,
            "inside": None,
            "m": None,
            "either": {"int": None, "string": "x"},
            "gone": None,
        },
    ]


def test_xml() -> None:
    data = (
        "<r><row><id>007</id><name>007</name><at>2020-01-01T12:00:00Z</at><tags>1</tags><either>5</either>"
        "<inside><x>7</x></inside><price cur='EUR'>4.5</price></row>"
        "<row><name/><tags>a</tags><tags/><either>x</either><price>3</price><inside/></row></r>"
    )
    schema = struct(
        **{field["name"]: field["container"] for field in NESTED["fields"] if field["name"] != "m"},
        price=struct(_cur="string", _VALUE="double"),
    )
    table = read("xml", data, schema, rowTag="row")
    assert table.to_pylist() == [
        {
            "id": 7,
            "name": "007",
            "at": MOMENT,
            "tags": ["1"],
            "inside": {"x": 7, "y": None},
            "either": {"int": 5, "string": None},
            "gone": None,
            "price": {"_cur": "EUR", "_VALUE": 4.5},
        },
        {
            "id": None,
            "name": "",
            "at": None,
            "tags": ["a", ""],
            "inside": None,
            "either": {"int": None, "string": "x"},
            "gone": None,
            "price": {"_cur": None, "_VALUE": 3.0},
        },
    ]


class Gluetype:
    """A StructType of awsglue.gluetypes, as far as it is asked."""

    def jsonValue(self) -> dict[str, Any]:
        return struct(a="int")


@pytest.mark.parametrize("said", [struct(a="int"), json.dumps(struct(a="int")), Gluetype()])
@pytest.mark.parametrize("name", ["withSchema", "WITHSCHEMA"])
def test_the_ways_to_say_it(said: object, name: str) -> None:
    assert FORMATS.reader("json", {name: said}).schema(io.BytesIO(), PATH) == pa.schema([("a", pa.int32())])


@pytest.mark.parametrize("said", [None, False, "", "false"])
def test_none(said: object) -> None:
    assert FORMATS.reader("json", {"withSchema": said}).reads_all_for_schema


@pytest.mark.parametrize(
    "said", ["a int", "[]", {"a": "int"}, '{"dataType":"int"}', struct(a="money"), True, 5]
)
def test_what_is_no_schema_is_refused(said: object) -> None:
    with pytest.raises(UnsupportedFeature, match=r"withSchema is a schema in JSON"):
        FORMATS.reader("json", {"withSchema": said})


@pytest.mark.parametrize("format", ["csv", "parquet", "glueparquet", "orc", "avro"])
def test_other_formats_have_none(format: str) -> None:
    with pytest.raises(UnsupportedFeature, match="it counts for json and xml"):
        FORMATS.reader(format, {"withSchema": struct(a="int")})
    assert FORMATS.reader(format, {"withSchema": False}) == FORMATS.reader(format, {})
