"""Identities of rows."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from placekeeper.model.databases import BookmarkKeys
from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.rules.databases.identities import (
    Identities,
    Identity,
    identity_of,
    segment_batches,
    sorted_identities,
    unknown,
)

BY_ID = BookmarkKeys(columns=("at",), row=("id",))
WHOLE = BookmarkKeys(columns=("id",))


def of(keys: BookmarkKeys, **columns: Any) -> list[str]:
    return Identities(identity_of(keys, list(columns))).of(pa.record_batch(columns)).to_pylist()


def test_only_keys_and_primary_key_count() -> None:
    one = of(BY_ID, at=["x"], id=[1], note=["a"])
    assert one == of(BY_ID, id=[1], note=["b"], at=["x"])
    assert one != of(BY_ID, at=["y"], id=[1])
    assert one != of(BY_ID, at=["x"], id=[2])
    assert len(one[0]) == 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([7], pa.int32()), pa.array([7], pa.int64())),
        (pa.array([Decimal("1.5")], pa.decimal128(9, 2)), pa.array([Decimal("1.5")], pa.decimal256(40, 5))),
        (
            pa.array([datetime(2026, 1, 2)], pa.timestamp("ms")),
            pa.array([datetime(2026, 1, 2)], pa.timestamp("us")),
        ),
        (
            pa.array([datetime(2026, 1, 2)], pa.timestamp("ns")),
            pa.array([datetime(2026, 1, 2)], pa.timestamp("us")),
        ),
        (
            pa.array([datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("us", "UTC")),
            pa.array([datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("us", "Europe/Berlin")),
        ),
        (pa.array(["a"]), pa.array(["a"], pa.large_string())),
        (pa.array(["a"]).dictionary_encode(), pa.array(["a"])),
        (pa.array([b"\x00\x01"]), pa.array([b"\x00\x01"], pa.binary(2))),
        (pa.array([date(2026, 1, 2)], pa.date32()), pa.array([date(2026, 1, 2)], pa.date64())),
        (pa.array([time(1, 2)], pa.time64("us")), pa.array([time(1, 2)], pa.time32("s"))),
        (pa.array([1.5], pa.float32()), pa.array([1.5], pa.float64())),
    ],
)
def test_a_value_is_the_same_in_another_width(one: pa.Array, other: pa.Array) -> None:
    assert of(WHOLE, id=one) == of(WHOLE, id=other)


def test_columns_stay_apart_and_null_is_no_text() -> None:
    rows: list[dict[str, Any]] = [
        {"a": "x", "b": "y"},
        {"a": "xy", "b": ""},
        {"a": "xy", "b": None},
        {"a": None, "b": "xy"},
        {"a": "x\x01y", "b": ""},
        {"a": "x", "b": "\x01y"},
        {"a": "\x00", "b": "y"},
        {"a": "\x02", "b": "\x02y"},
        {"a": "\x02\x03", "b": "y"},
    ]
    found = of(BookmarkKeys(columns=("a",)), **{n: [row[n] for row in rows] for n in "ab"})
    assert len(set(found)) == len(rows)


def test_equal_rows_without_a_primary_key_are_told_apart_across_batches() -> None:
    identities = Identities(identity_of(WHOLE, ["id", "l"]))
    batch = pa.record_batch({"id": [1, 1, 2], "l": [[1], [1], None]})
    first, second = identities.of(batch).to_pylist(), identities.of(batch).to_pylist()
    assert len({*first, *second}) == 6
    assert Identities(identity_of(WHOLE, batch.schema.names)).of(batch).to_pylist() == first


def test_rows_are_unknown_until_their_identity_is_known() -> None:
    identities = pa.array(of(BY_ID, at=["x", "y"], id=[1, 2]))
    assert unknown(identities, identities.slice(1)).to_pylist() == [True, False]
    assert unknown(identities, pa.array([], pa.string())).to_pylist() == [True, True]


def test_a_segment_has_each_identity_once_and_sorted() -> None:
    found = sorted_identities([pa.array(["b", "a"]), pa.array(["b"])])
    assert found.to_pylist() == ["a", "b"]
    batches = list(segment_batches(found, LEDGER_SCHEMA, version=7, run_id="jr_1", rows=1))
    assert [batch["path"].to_pylist() for batch in batches] == [["a"], ["b"]]
    assert batches[0].schema == LEDGER_SCHEMA
    assert batches[0].to_pylist()[0]["bookmark_version"] == 7


def test_many_rows_take_little_time() -> None:
    rows = 100_000
    batch = pa.record_batch({"id": np.arange(rows), "at": pa.array(np.arange(rows), pa.timestamp("us"))})
    assert len(set(Identities(identity_of(BY_ID, batch.schema.names)).of(batch).to_pylist())) == rows


def test_rows_are_known_again_by_the_columns_of_before() -> None:
    key = BookmarkKeys(columns=("k",))
    with_primary_key = BookmarkKeys(columns=("k",), row=("id",))
    assert identity_of(key, ["k", "a"]) == Identity(("k", "a"), counts=True)
    assert identity_of(key, ["k", "a", "b"], ["k", "a"]) == Identity(("k", "a"), counts=True)
    assert identity_of(with_primary_key, ["k", "id"]) == Identity(("k", "id"))
    assert identity_of(with_primary_key, ["k", "id", "a"], ["k", "a"]) == Identity(("k", "a"), counts=True)
    assert identity_of(key, ["k", "id", "a"], ["k", "id"]) == Identity(("k", "id"), counts=True)
    assert identity_of(key, ["k", "b"], ["k", "a"]) == Identity(("k", "b"), counts=True, gone=("a",))
