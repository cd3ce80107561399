"""Hive's types, and the type that holds the values of two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.rules.catalog.hive_types import hive_type, is_within, wider

SINGLE = st.sampled_from(
    [
        *("void", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string"),
        *("decimal(5,2)", "decimal(38,0)", "decimal(38,38)", "date", "timestamp", "binary", "varchar(3)"),
    ]
)
TYPE = st.recursive(
    SINGLE,
    lambda inner: st.one_of(
        inner.map(lambda item: f"array<{item}>"),
        st.tuples(SINGLE, inner).map(lambda pair: f"map<{pair[0]},{pair[1]}>"),
        st.dictionaries(st.sampled_from("abcD"), inner, min_size=1).map(
            lambda fields: f"struct<{','.join(f'{name}:{type}' for name, type in fields.items())}>"
        ),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("int", "bigint", "bigint"),
        ("tinyint", "smallint", "smallint"),
        ("INTEGER", "int", "int"),
        ("float", "double", "double"),
        ("bigint", "float", "double"),
        ("int", "decimal(10,2)", "decimal(12,2)"),
        ("bigint", "decimal(38,20)", "string"),
        ("decimal(10,2)", "decimal(8, 4)", "decimal(12,4)"),
        ("decimal(10,2)", "double", "double"),
        ("date", "timestamp", "timestamp"),
        ("boolean", "int", "string"),
        ("void", "int", "int"),
        ("varchar(10)", "string", "string"),
        ("array<int>", "array<double>", "array<double>"),
        ("array<int>", "int", "string"),
        ("map<string,int>", "map<string,bigint>", "map<string,bigint>"),
        ("struct<a:int,b:string>", "struct<B:string,c:date,a:bigint>", "struct<a:bigint,b:string,c:date>"),
        ("uniontype<int,string>", "uniontype<int,string>", "uniontype<int,string>"),
        ("uniontype<int,string>", "int", "string"),
    ],
)
def test_the_wider_type(left: str, right: str, expected: str) -> None:
    assert wider(left, right) == expected


@given(TYPE)
def test_a_name_comes_back(name: str) -> None:
    assert str(hive_type(name)) == name
    assert wider(name, name) == name


@given(TYPE, TYPE)
def test_the_wider_type_holds_both(left: str, right: str) -> None:
    both = wider(left, right)
    assert is_within(left, both)
    assert is_within(right, both)
    assert wider(both, right) == both


@given(SINGLE, SINGLE)
def test_the_order_of_two_does_not_count(left: str, right: str) -> None:
    assert wider(left, right) == wider(right, left)


@pytest.mark.parametrize(
    "broken",
    [
        *("", "struct<", "struct<a>", "array<int,int>", "map<int>", "array<int"),
        "array<" * 10_000 + "int" + ">" * 10_000,
    ],
)
def test_what_is_no_type_equals_itself_alone(broken: str) -> None:
    assert wider(broken, broken) == str(hive_type(broken))
    assert wider(broken, "int") == "string"
