"""Texts as values: what the scan makes of a text does not depend on the texts beside it."""

import itertools

import pyarrow as pa
import pytest

from placekeeper.runtime.frames.text_casts import sure_values
from placekeeper.runtime.types.table import TIMESTAMP

MOMENTS = [
    "2020-01-01T12:00:00Z",
    "2020-01-01 12:00:00",
    "1970-01-01T00:00:00-23:59",
    "2020-01-01T12:00:00-05",
    "2020-01-01T12:00:00+05:00",
    "2020-01-01",
    "2020-01-01Z",
    "0001-01-01T00:00:00.5Z",
    "",
    None,
]


@pytest.mark.parametrize(("first", "second"), list(itertools.product(MOMENTS, MOMENTS)))
def test_a_value_does_not_depend_on_its_neighbour(first: str | None, second: str | None) -> None:
    """A text may be left to the engine because of its neighbour. It never becomes another value."""
    values, rest = sure_values(pa.array([first, second], pa.string()), TIMESTAMP)
    for text, value, left in zip([first, second], values, rest, strict=True):
        alone, alone_left = sure_values(pa.array([text], pa.string()), TIMESTAMP)
        if value.is_valid:
            assert value.equals(alone[0])
        else:
            assert left.as_py() == text or (alone[0].as_py() is None and alone_left[0].as_py() is None)
