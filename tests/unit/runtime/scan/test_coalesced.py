"""Small batches are put together: the same rows, in their order."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.scan.tasks import coalesced


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 20))
def test_the_same_rows_in_batches_that_are_large_enough(sizes, rows):
    numbers = iter(range(sum(sizes)))
    batches = [pa.record_batch([[next(numbers) for _ in range(size)]], ["n"]) for size in sizes if size]

    found = list(coalesced(batches, rows))

    assert [n for batch in found for n in batch.column(0).to_pylist()] == list(range(sum(sizes)))
    assert all(batch.num_rows >= rows for batch in found[:-1])
    assert all(batch.num_rows < rows + 9 for batch in found)


def test_a_large_batch_is_handed_on_as_it_is():
    large = pa.record_batch([list(range(10))], ["n"])
    assert next(coalesced([large], 10)) is large
