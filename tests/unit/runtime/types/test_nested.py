"""Lists and maps are put together again as they were, whatever their layout and wherever they begin."""

import pyarrow as pa
import pytest

from placekeeper.runtime.types.fields import list_of, map_of
from placekeeper.runtime.types.nested import list_with, map_with

LISTS = [[1, 2], None, [3, 4], [None, 5]]
MAPS = [[("a", 1)], None, [], [("b", None), ("c", 2)]]
LAYOUTS = [
    pa.list_(pa.int8()),
    pa.list_(pa.int8(), 2),
    pa.large_list(pa.int8()),
    pa.list_view(pa.int8()),
    pa.large_list_view(pa.int8()),
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("slice_", [(0, 4), (1, 3), (2, 1), (4, 0), (1, 0)])
def test_lists(layout, slice_):
    begin, length = slice_
    array = pa.array(LISTS, layout).slice(begin, length)
    made = list_with(array, lambda values: values.cast(pa.int64()), list_of(pa.field("element", pa.int64())))
    made.validate(full=True)
    assert made.to_pylist() == LISTS[begin : begin + length]


@pytest.mark.parametrize("slice_", [(0, 4), (1, 3), (3, 1), (4, 0)])
def test_maps(slice_):
    begin, length = slice_
    array = pa.array(MAPS, pa.map_(pa.string(), pa.int8())).slice(begin, length)
    wanted = map_of(pa.string(), pa.field("value", pa.int64()))
    made = map_with(array, None, lambda values: values.cast(pa.int64()), wanted)
    made.validate(full=True)
    assert made.to_pylist() == MAPS[begin : begin + length]


def test_views_inside_a_slice():
    array = pa.array([[["x"], None], [["y", "z"]]], pa.list_view(pa.list_(pa.string_view()))).slice(1)
    inner = list_of(pa.field("element", pa.string()))
    made = list_with(
        array,
        lambda values: list_with(values, lambda texts: texts.cast(pa.string()), inner),
        list_of(pa.field("element", inner)),
    )
    assert made.to_pylist() == [[["y", "z"]]]
