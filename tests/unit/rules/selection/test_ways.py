"""What a plan says of the way of a source."""

import pytest

from placekeeper.model.policy import NativeReading
from placekeeper.rules.selection.ways import planned_way

AUTO, NEVER = NativeReading.AUTO, NativeReading.NEVER


@pytest.mark.parametrize(
    ("format", "wanted", "path", "said"),
    [
        ("parquet", AUTO, "file:///in/a.parquet", "by the engine's own reader, unless"),
        ("glueparquet", AUTO, "s3://bucket/in/a.parquet", "by the engine's own reader, unless"),
        ("parquet", NEVER, "file:///in/a.parquet", "read by the scan: --native-reading never"),
        ("parquet", AUTO, "file:///in/[a].parquet", "read by the scan: engines take the name of"),
        ("csv", AUTO, "file:///in/a.csv", ""),
    ],
)
def test_planned_ways(format: str, wanted: NativeReading, path: str, said: str) -> None:
    way = planned_way(format, wanted, [path])
    assert way.startswith(said)
    assert bool(way) == bool(said)


def test_nothing_is_said_of_nothing() -> None:
    assert planned_way("parquet", AUTO, []) == ""
