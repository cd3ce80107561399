"""Mappings as scripts write them."""

import pyarrow as pa
import pytest

from placekeeper.runtime.frames.mapping import Mapping, parse_mappings


def test_tuples_of_2_3_and_4():
    assert parse_mappings([("a", "string", "x.y", "INT"), ("b", "c", "long"), ["d", "`e.f`"]]) == [
        Mapping(("a",), ("x", "y"), pa.int32()),
        Mapping(("b",), ("c",), pa.int64()),
        Mapping(("d",), ("e.f",), None),
    ]


def test_a_single_bare_tuple():
    assert parse_mappings(("a", "string", "b", "string")) == [Mapping(("a",), ("b",), pa.string())]


@pytest.mark.parametrize("mappings", [[("a",)], [("a", "b", "c", "d", "e")], [()]])
def test_another_length(mappings):
    with pytest.raises(ValueError, match="2, 3 or 4 parts"):
        parse_mappings(mappings)


@pytest.mark.parametrize("mappings", ["a", [1], ["ab"], None])
def test_what_is_no_tuple(mappings):
    with pytest.raises(TypeError, match="tuple"):
        parse_mappings(mappings)
