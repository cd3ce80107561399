"""What is listed, written and published is counted, and nothing else of it changes."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from placekeeper.launch.progress_file import ProgressFile, ProgressReader
from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.model.objects import LISTING_SCHEMA
from placekeeper.model.progress import Count, Stage
from placekeeper.objects.counted import CountedObjects, CountedStaging
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores


class OutOfOrder(ObjectStores):
    def listing(self, *arguments: object, **named: object) -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([["b"], [0], [0], [None], [None]], schema=LISTING_SCHEMA)
        raise ListingOutOfOrder("a")


@pytest.fixture
def progress(tmp_path: Path) -> ProgressFile:
    return ProgressFile(str(tmp_path / "progress"))


def counted(tmp_path: Path) -> dict[Stage, Count]:
    found: dict[Stage, Count] = {}
    for stage, more in ProgressReader(tmp_path / "progress").new():
        found[stage] = found.get(stage, Count()) + more
    return found


def test_a_listing(tmp_path: Path, progress: ProgressFile) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(name)
    plain = ObjectStores()
    objects = pickle.loads(pickle.dumps(CountedObjects(plain, progress).ready_for()))
    root = objects.normalise(str(tmp_path / "in"))
    listed, expected = (list(one.listing([root], recurse=True)) for one in (objects, plain))
    assert listed == expected
    assert counted(tmp_path) == {Stage.LISTING: Count(done=3)}


def test_what_is_listed_again_counts_once(tmp_path: Path, progress: ProgressFile) -> None:
    with pytest.raises(ListingOutOfOrder):
        list(CountedObjects(OutOfOrder(), progress).listing(["b"], recurse=True))
    assert counted(tmp_path) == {Stage.LISTING: Count()}


def test_files_are_written_and_published(tmp_path: Path, progress: ProgressFile) -> None:
    staging = pickle.loads(pickle.dumps(CountedStaging(OutputStaging(), progress).ready_for()))
    file = staging.create(str(tmp_path / "out" / "x"), run_id="jr_1")
    file.write(b"12345")
    file.write(b"678")
    assert counted(tmp_path) == {Stage.WRITING: Count(size=8)}
    staged = file.finish(rows=2)
    staging.publish(staged)
    assert (tmp_path / "out" / "x").read_bytes() == b"12345678"
    assert counted(tmp_path) == {
        Stage.WRITING: Count(done=1, rows=2, size=8),
        Stage.PUBLISHING: Count(done=1, size=8),
    }
