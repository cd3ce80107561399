"""Names of types, in mappings and in catalog tables."""

import pyarrow as pa
import pytest

from placekeeper.runtime.types.type_names import Loose, named_type, wanted_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("String", pa.string()),
        ("varchar(10)", pa.string()),
        ("bigint", pa.int64()),
        ("Long", pa.int64()),
        ("BIGINT", pa.int64()),
        ("integer", pa.int32()),
        ("smallint", pa.int16()),
        ("byte", pa.int8()),
        ("decimal", pa.decimal128(10, 2)),
        ("decimal(12)", pa.decimal128(12, 0)),
        ("DECIMAL( 12 , 4 )", pa.decimal128(12, 4)),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("map<string,int>", pa.map_(pa.string(), pa.int32())),
        ("ARRAY<decimal(5,1)>", pa.list_(pa.field("element", pa.decimal128(5, 1)))),
        (
            "struct<A:int, `b c`:array<map<string,decimal(3,1)>>>",
            pa.struct(
                [
                    ("A", pa.int32()),
                    (
                        "b c",
                        pa.list_(
                            pa.field("element", pa.map_(pa.string(), pa.field("value", pa.decimal128(3, 1))))
                        ),
                    ),
                ]
            ),
        ),
    ],
)
def test_names_of_types(name, expected):
    assert named_type(name) == expected
    assert wanted_type(name) == expected


@pytest.mark.parametrize("name", ["array", "Struct", "map", "null", "choice", "number"])
def test_words_that_leave_a_type_open(name):
    assert wanted_type(name) is Loose(name.lower())
    with pytest.raises(ValueError, match=f"'{name}' is not a type"):
        named_type(name)


@pytest.mark.parametrize(
    "name", ["text", "", "array<>", "map<int>", "struct<a>", "struct<:int>", "array<int", "decimal(39,0)"]
)
def test_what_is_no_type(name):
    with pytest.raises(ValueError, match="is not a type"):
        wanted_type(name)


def test_what_is_no_name():
    with pytest.raises(TypeError, match="a mapping names a type by a string"):
        wanted_type(None)
