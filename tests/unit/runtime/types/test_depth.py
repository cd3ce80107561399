"""Types that nest too deep for the engines are refused by name."""

import pyarrow as pa
import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.types.depth import DEPTH_MAX, check_depth, depth_of
from placekeeper.runtime.types.fields import list_of, map_of

LAYERS = {
    "struct": lambda inner: pa.struct([pa.field("b", pa.string()), pa.field("a", inner)]),
    "array": lambda inner: list_of(pa.field("element", inner)),
    "map": lambda inner: map_of(pa.string(), pa.field("value", inner)),
}


def nested(layers: list[str]) -> pa.DataType:
    data_type = pa.int32()
    for layer in layers:
        data_type = LAYERS[layer](data_type)
    return data_type


@pytest.mark.parametrize("layers", [["struct"], ["array"], ["map"], ["struct", "array", "map"]])
def test_every_layer_counts(layers):
    fits = nested((layers * DEPTH_MAX)[:DEPTH_MAX])
    check_depth(pa.schema([("a", fits)]), "x")
    deeper = LAYERS[layers[0]](fits)
    assert (depth_of(fits), depth_of(deeper)) == (31, 32)
    with pytest.raises(UnsupportedFeature, match=r"x, column a has structs, arrays or maps .* 32 deep"):
        check_depth(pa.schema([("b", pa.int32()), ("a", deeper)]), "x")


def test_an_empty_struct_is_one_deep():
    assert depth_of(pa.struct([])) == 1
    assert depth_of(pa.int32()) == 0


def test_thousands_of_layers_are_refused_like_any():
    with pytest.raises(UnsupportedFeature, match="2000 deep"):
        check_depth(pa.schema([("a", nested(["array"] * 2000))]), "x")
