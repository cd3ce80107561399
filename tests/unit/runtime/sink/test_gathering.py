"""Small batches come together, with all their rows in order."""

from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.engines.task_rows import by_task
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


def test_rows_of_another_schema_stay_apart():
    texts = pa.RecordBatch.from_pydict({"s": ["a"]})
    large = pa.RecordBatch.from_arrays([texts.column(0).cast(pa.large_string())], ["s"])
    made = list(gathered([texts, texts, large, texts]))
    assert [(batch.num_rows, batch.schema.field(0).type) for batch in made] == [
        (2, pa.string()),
        (1, pa.large_string()),
        (1, pa.string()),
    ]


def test_parts_of_a_large_buffer_count_by_their_own_size():
    whole = pa.RecordBatch.from_pydict({"s": ["x" * 1000] * (2 * GATHERED_BYTES // 1000)})
    parts = [whole.slice(begin, 1000) for begin in range(0, whole.num_rows, 1000)]
    assert all(batch.num_rows > 1000 for batch in list(gathered(parts))[:-1])


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12))
def test_rows_go_to_their_tasks(tasks):
    batch = pa.RecordBatch.from_pydict({"n": list(range(len(tasks))), "task": tasks})
    made = list(by_task(batch))
    assert [task for task, rows in made for _ in range(rows.num_rows)] == tasks
    assert [number for _, rows in made for number in rows.column("n").to_pylist()] == list(range(len(tasks)))
    assert all(one[0] != other[0] for one, other in pairwise(made))
