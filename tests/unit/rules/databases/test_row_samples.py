"""Samples of rows: which columns they have, and when other rows count as others."""

import pyarrow as pa

from placekeeper.rules.databases.row_samples import sample_of


def test_long_texts_are_in_no_sample() -> None:
    notes = {"note": "x" * 997, "page": "x" * 999}
    batch = pa.RecordBatch.from_pylist(
        [
            {"id": id, "size": id * 7, **{name: f"{text}{id:02}" for name, text in notes.items()}}
            for id in range(1, 17)
        ]
    )
    sample = sample_of(batch, "id")
    assert sample is not None
    assert sample.columns == ("size", "note")
