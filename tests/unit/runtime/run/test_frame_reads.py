"""Copies for Spark's reader stay below their folder, one file for each object."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.objects import LISTING_SCHEMA, ObjectMeta
from placekeeper.runtime.run.frame_reads import FrameReads


class Bucket:
    """A store with these objects, whatever their keys."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def pattern(self, path: str) -> str:
        return path

    def listing(self, _uris: object, **_given: object) -> Iterator[pa.RecordBatch]:
        rows = [{"path": path, "last_modified_ms": 0, "size": 1} for path in self.paths]
        yield pa.RecordBatch.from_pylist(rows, schema=LISTING_SCHEMA)

    def open(self, _meta: ObjectMeta) -> BytesIO:
        return BytesIO(b"x")


def fetch(folder: Path, *paths: str) -> list[str]:
    context: Any = SimpleNamespace(
        objects=Bucket(*paths),
        folder=folder / "run",
        options=SimpleNamespace(master=None),
        note=lambda _sentence: None,
    )
    output: Any = SimpleNamespace()
    FrameReads(context, output).fetch(["s3://b/in"])
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_markers_of_folders_are_no_files(tmp_path: Path) -> None:
    assert fetch(tmp_path, "s3://b/in/", "s3://b/in/a.csv") == ["run/scratch/0/b/in/a.csv"]


@pytest.mark.parametrize("key", ["in/../../../../../escaped", "in/./a", ".."])
def test_a_key_that_steps_out_is_refused_and_nothing_is_written(tmp_path: Path, key: str) -> None:
    with pytest.raises(UnsupportedFeature, match="a local disk has no such name"):
        fetch(tmp_path, f"s3://b/{key}")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("keys", [("in/a", "in/a/b"), ("in/a/b", "in/a//b")])
def test_two_objects_that_would_be_one_file_are_refused(tmp_path: Path, keys: tuple[str, ...]) -> None:
    with pytest.raises(UnsupportedFeature, match="beside another object"):
        fetch(tmp_path, *(f"s3://b/{key}" for key in keys))
