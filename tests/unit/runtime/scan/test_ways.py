"""The way of a source, from values alone."""

import re

import pyarrow as pa
import pytest

from placekeeper.model.policy import NativeReading
from placekeeper.rules.selection.ways import MOST_OBJECTS, is_plain, way_by_names
from placekeeper.runtime.formats.shared.footers import Footer
from placekeeper.runtime.scan.ways import way_by_columns, way_by_footers

PATHS = ["file:///in/a.parquet", "file:///in/b.parquet"]
NUMBERS = pa.schema([("n", pa.int64())])
NESTED = pa.schema([("s", pa.struct([("t", pa.string())]))])


@pytest.mark.parametrize("engine", ["sail", "spark"])
def test_parquet_on_disk_is_native(engine: str) -> None:
    assert way_by_names(NativeReading.AUTO, engine, PATHS, describes_itself=True).is_native
    assert way_by_footers(engine, [Footer(NUMBERS), Footer(NUMBERS)], PATHS).is_native
    assert way_by_columns(engine, pa.schema([("year", pa.int32())]), 8).is_native


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"wanted": NativeReading.NEVER}, "--native-reading never"),
        ({"engine": "other"}, "nothing is known"),
        ({"deletes_at_once": True}, "--output-visibility immediate"),
        ({"describes_itself": False}, "Parquet alone"),
        ({"per_file": True}, "the name or the time"),
        ({"paths": ["file:///in/a.parquet"] * (MOST_OBJECTS + 1)}, "more than 50,000"),
        ({"paths": ["s3://b/a.parquet"], "engine": "spark"}, "no file system for S3"),
        ({"paths": ["s3://b/a.parquet"], "shares_store": False}, "credentials"),
        ({"paths": [*PATHS, "file:///in/[c].parquet"]}, r"\[c\]\.parquet"),
    ],
)
def test_the_scan_by_names(changes: dict[str, object], reason: str) -> None:
    asked = {"wanted": NativeReading.AUTO, "engine": "sail", "paths": PATHS, "describes_itself": True}
    way = way_by_names(**(asked | changes))  # type: ignore[arg-type]
    assert not way.is_native
    assert way.reason.startswith("read by the scan: ")
    assert re.search(reason, way.reason)


@pytest.mark.parametrize(
    ("engine", "second", "path"),
    [
        ("sail", Footer(pa.schema([("n", pa.int32())])), PATHS[1]),
        ("sail", Footer(pa.schema([("N", pa.int64())])), PATHS[1]),
        ("sail", Footer(NUMBERS, obstacle="it is odd"), PATHS[1]),
        ("sail", Footer(pa.schema([])), PATHS[1]),
        ("sail", Footer(NUMBERS, has_checksums=True), "s3://b/b.parquet"),
    ],
)
def test_the_scan_by_footers(engine: str, second: Footer, path: str) -> None:
    way = way_by_footers(engine, [Footer(NUMBERS), second], [PATHS[0], path])
    assert not way.is_native
    assert "b.parquet" in way.reason


def test_texts_inside_of_columns_are_scanned_on_spark() -> None:
    assert way_by_footers("sail", [Footer(NESTED)], PATHS).is_native
    assert not way_by_footers("spark", [Footer(NESTED)], PATHS).is_native


@pytest.mark.parametrize(("engine", "most"), [("sail", 200), ("spark", 8)])
def test_many_folders_are_scanned(engine: str, most: int) -> None:
    year = pa.schema([("year", pa.int32())])
    assert way_by_columns(engine, year, most).is_native
    assert not way_by_columns(engine, year, most + 1).is_native
    assert not way_by_columns(engine, pa.schema([("x", pa.float64())]), 1).is_native
    assert way_by_columns(engine, pa.schema([]), 1).is_native


@pytest.mark.parametrize(
    "path",
    [
        "file:///in/a b.parquet",
        "file:///_in/.d/k=v%20/ü.parquet",
        "s3://bucket/in/year=2024/part-0.snappy.parquet",
        "s3://bucket/_x/.y/a",
    ],
)
def test_plain_names(path: str) -> None:
    assert is_plain(path)


@pytest.mark.parametrize(
    "name",
    ["_a", ".a", "a*", "a?", "[a]", "{a}", "a\\b", "a:b", "a\nb", "${x}", "a._COPYING_", "a|b", "u\u0308"],
)
def test_odd_names(name: str) -> None:
    assert not is_plain(f"file:///in/{name}")
    assert not is_plain(f"s3://bucket/in/{name}")


@pytest.mark.parametrize("path", ["s3://bucket/a b", "s3://bucket/a//b", "s3://bucket/ü", "s3://bucket/../a"])
def test_odd_keys(path: str) -> None:
    assert not is_plain(path)
