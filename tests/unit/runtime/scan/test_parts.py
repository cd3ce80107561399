"""The part of a task is its objects, in their order."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.objects import ObjectMeta, ObjectMetas, listing_batch
from placekeeper.runtime.scan.cuts import cuts
from placekeeper.runtime.scan.parts import decoded, encoded


def meta(number: int) -> ObjectMeta:
    return ObjectMeta(path=f"s3://b/{number:05}", last_modified_ms=number, size=number, e_tag=str(number))


@given(st.lists(st.integers(1, 7), max_size=5), st.data())
def test_each_object_is_in_the_part_of_its_task(lengths: list[int], data: st.DataObject) -> None:
    numbers = iter(range(sum(lengths)))
    objects = ObjectMetas(listing_batch([meta(next(numbers)) for _ in range(length)]) for length in lengths)
    task_of = data.draw(st.lists(st.integers(0, 3), min_size=len(objects), max_size=len(objects)))
    places = [np.flatnonzero(np.array(task_of, dtype=int) == task) for task in range(4)]

    whole = cuts(np.array([one.size for one in objects], dtype=np.int64), ())
    parts = [list(decoded(pa.py_buffer(part))) for part in encoded(objects, whole, places)]

    assert [[piece.meta for piece in part] for part in parts] == [[meta(n) for n in some] for some in places]
    assert all(piece.is_whole for part in parts for piece in part)


def test_parts_are_made_when_they_are_asked_for() -> None:
    """Those of a million objects are never in memory together."""

    def places():
        yield np.array([0])
        raise AssertionError

    objects = ObjectMetas.of([meta(1)])
    assert next(encoded(objects, cuts(np.array([1]), ()), places()))
