"""Small batches are put together: the same rows, in their order, within bounds."""

from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.rules.sorted_streams import coalesced


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 20), st.integers(1, 200))
def test_the_same_rows_in_batches_that_could_not_be_larger(sizes, rows, size):
    numbers = iter(range(sum(sizes)))
    batches = [pa.record_batch([[next(numbers) for _ in range(count)]], ["n"]) for count in sizes]

    found = list(coalesced(batches, rows=rows, size=size))

    assert [n for batch in found for n in batch.column(0).to_pylist()] == list(range(sum(sizes)))
    whole = set(map(id, batches))
    assert all(id(b) in whole or (b.num_rows <= rows and b.nbytes <= size) for b in found)
    for before, after in pairwise(found):
        assert before.num_rows + after.num_rows > rows or before.nbytes + after.nbytes > size


def test_large_values_are_not_held_back():
    """A column of texts holds two gigabytes at most, and a task's memory is bounded by its batches."""
    batches = [pa.record_batch([["x" * 700_000]], ["text"]) for _ in range(4)]
    found = coalesced(batches)
    assert all(next(found) is batch for batch in batches)
