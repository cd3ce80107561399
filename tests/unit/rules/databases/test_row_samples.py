"""Samples of rows: which columns they have, and when other rows count as others."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from placekeeper.rules.databases.row_samples import compared, digests_of, sample_of


def test_long_texts_are_in_no_sample() -> None:
    notes = {"note": "x" * 997, "page": "x" * 999}
    batch = pa.RecordBatch.from_pylist(
        [
            {"id": id, "size": id * 7, **{name: f"{text}{id * 7:02}" for name, text in notes.items()}}
            for id in range(1, 17)
        ]
    )
    sample = sample_of(batch, "id", "salt")
    assert sample is not None
    assert sample.columns == ("size", "note")


@pytest.mark.parametrize("first", [1, 90, 12_345])
def test_columns_made_from_the_key_are_in_no_sample(first: int) -> None:
    ids = [*range(first, first + 16)]
    batch = pa.RecordBatch.from_pydict(
        {
            "id": ids,
            "same": ids,
            "code": [f"INV-{id:05}" for id in ids],
            "link": [f"https://example.org/{id}/2026" for id in ids],
            "mostly": ["none", *(f"no {id}" for id in ids[1:])],
            "size": [id * 7 + 1 for id in ids],
            "at": [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=id * 7) for id in ids],
        }
    )
    sample = sample_of(batch, "id", "salt")
    assert sample is not None
    assert sample.columns == ("size", "at")


def stock(changed: Iterable[int] = (), gone: Iterable[int] = ()) -> pa.RecordBatch:
    """Rows with two columns that tell them apart; `changed` ones differ in both."""
    ids = [id for id in range(1, 17) if id not in gone]
    values = [(id, id in changed) for id in ids]
    return pa.RecordBatch.from_pydict(
        {
            "id": ids,
            "kind": ["one"] * len(ids),
            "quantity": [id * 7 + is_other for id, is_other in values],
            "updated_at": [id * 9 + is_other for id, is_other in values],
        }
    )


def verdict(now: pa.RecordBatch) -> str:
    sample = sample_of(stock(), "id", "salt")
    assert sample is not None
    return compared(sample, digests_of(now, "id", sample.salt), ends_before=False).verdict


def test_the_newest_rows_are_others_only_if_each_is() -> None:
    assert verdict(stock(changed=range(9, 17))) == "others"
    assert verdict(stock(changed=range(10, 17))) == "same"
    assert verdict(stock(changed={*range(9, 16)})) == "same"
    assert verdict(stock(changed=range(9, 17), gone=[12])) == "same"
    assert verdict(stock(changed=range(1, 17))) == "others"


def test_a_salt_makes_the_digests_of_each_sample_others() -> None:
    one, other = (sample_of(stock(), "id", salt) for salt in ("one", "other"))
    assert one is not None
    assert other is not None
    cells = {cell for row in one.rows for cell in row.cells}
    assert cells.isdisjoint(cell for row in other.rows for cell in row.cells)
    for sample in (one, other):
        assert compared(sample, digests_of(stock(), "id", sample.salt), ends_before=False).is_whole
