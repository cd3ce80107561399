"""Small batches come together, with all their rows in order."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.sink.gathering import GATHERED_BYTES, GATHERED_ROWS, gathered


@given(st.lists(st.sampled_from([0, 1, 5000, GATHERED_ROWS - 1, GATHERED_ROWS]), max_size=12))
def test_rows_stay_in_order(sizes):
    begins = [sum(sizes[:place]) for place in range(len(sizes))]
    batches = [
        pa.RecordBatch.from_arrays([pa.array(range(begin, begin + size), pa.int64())], ["n"])
        for begin, size in zip(begins, sizes, strict=True)
    ]
    made = list(gathered(batches))
    assert [number for batch in made for number in batch.column(0).to_pylist()] == list(range(sum(sizes)))
    assert all(batch.num_rows >= GATHERED_ROWS for batch in made[:-1])
    assert all(batch.num_rows for batch in made)


def test_large_rows_do_not_wait_for_others():
    large = pa.RecordBatch.from_pydict({"s": ["x" * GATHERED_BYTES]})
    assert [batch.num_rows for batch in gathered([large, large])] == [1, 1]
