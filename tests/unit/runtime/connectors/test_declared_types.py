"""Columns of files beside those that their table declares."""

import pyarrow as pa
import pytest

from placekeeper.runtime.connectors.declared_types import type_differences
from placekeeper.runtime.types.fields import choice_field
from placekeeper.runtime.types.type_names import named_type


@pytest.mark.parametrize(
    ("declared", "found", "is_alike"),
    [
        ("bigint", "int", True),
        ("int", "bigint", False),
        ("double", "float", True),
        ("decimal(10,2)", "decimal(5,2)", True),
        ("decimal(5,2)", "decimal(10,2)", False),
        ("varchar(10)", "string", True),
        ("string", "int", False),
        ("date", "string", False),
        ("array<bigint>", "array<int>", True),
        ("struct<A:bigint,b:char(3)>", "struct<a:int,B:string>", True),
        ("struct<a:int,b:string>", "struct<a:int>", False),
        ("map<string,double>", "map<string,string>", False),
        ("map<string,double>", "map<string,float>", True),
        ("array<int>", "int", False),
        ("something new", "string", False),
    ],
)
def test_which_types_differ(declared: str, found: str, *, is_alike: bool) -> None:
    said = type_differences((("X", declared),), pa.schema([("x", named_type(found))]))
    assert said == [] if is_alike else said[0].startswith("the files say the types, not the table: X is ")


def test_choices_and_many_columns() -> None:
    names = [f"c{number}" for number in range(8)]
    fields = [
        choice_field(name, [pa.field("int", pa.int32()), pa.field("string", pa.string())]) for name in names
    ]
    said = type_differences(tuple((name, "int") for name in [*names, "gone"]), pa.schema(fields))
    assert said[0].count("is int in the table and a choice of int and string in the files") == 5
    assert said[0].endswith(", 3 others")
    assert said[1].startswith("no file that was read has gone: the table's column is not")


def test_nothing_is_said_of_files_without_records() -> None:
    assert type_differences((("a", "int"),), pa.schema([])) == []


@pytest.mark.parametrize(
    ("declared", "found", "is_alike"),
    [
        ("date", "string", True),
        ("timestamp", "string", True),
        ("decimal(10,2)", "double", True),
        ("decimal(38,10)", "double", False),
        ("decimal(10,2)", "string", False),
        ("array<date>", "array<string>", True),
        ("struct<a:date>", "struct<a:int>", False),
        ("int", "string", False),
    ],
)
def test_what_json_has_no_type_for_is_no_difference_to_sql(
    declared: str, found: str, *, is_alike: bool
) -> None:
    schema = pa.schema([("x", named_type(found))])
    said = type_differences((("x", declared),), schema, by_sql=True, lacks_types=True)
    assert (said == []) == is_alike
    assert type_differences((("x", declared),), schema, by_sql=True)
    assert type_differences((("x", declared),), schema, lacks_types=True)
