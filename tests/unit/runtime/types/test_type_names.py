"""Names of types, in mappings and in catalog tables."""

import pyarrow as pa
import pytest

from placekeeper.runtime.types.type_names import named_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("String", pa.string()),
        ("varchar(10)", pa.string()),
        ("bigint", pa.int64()),
        ("Long", pa.int64()),
        ("integer", pa.int32()),
        ("smallint", pa.int16()),
        ("byte", pa.int8()),
        ("decimal", pa.decimal128(10, 2)),
        ("decimal(12)", pa.decimal128(12, 0)),
        ("DECIMAL( 12 , 4 )", pa.decimal128(12, 4)),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("array", None),
        ("struct", None),
        ("map<string,int>", None),
        ("null", None),
        ("choice", None),
    ],
)
def test_names_of_types(name, expected):
    assert named_type(name) == expected


def test_what_is_no_type():
    with pytest.raises(ValueError, match="'number' is not a type"):
        named_type("number")
