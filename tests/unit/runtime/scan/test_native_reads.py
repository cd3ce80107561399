"""Looks at natively read objects before a commit."""

import pickle
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from placekeeper.model.errors import ObjectChanged, RecordUnreadable
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.scan.native_reads import NativeRead, NativeReads


class Corrupt:
    """A reader that finds a page with another checksum."""

    def check_pages(self, _file: BinaryIO, path: str) -> None:
        raise RecordUnreadable(path, "Parquet data", "a page has another checksum")


class Whole:
    """A reader that finds no fault, and counts how often it is asked."""

    looks = 0

    def check_pages(self, _file: BinaryIO, _path: str) -> None:
        self.looks += 1


def read(folder: Path, reader: Any = None) -> NativeRead:
    objects, uri = ObjectStores(), f"file://{folder}/"
    metas = [meta for meta in map(objects.stat, [f"{uri}a"]) if meta is not None]
    return NativeRead(objects, metas, [uri], True, len(metas), reader)


def test_a_corrupt_page_is_found_by_every_look(tmp_path: Path) -> None:
    """A script may catch what the first look raises; its commit looks again."""
    (tmp_path / "a").write_bytes(b"x")
    reads = NativeReads()
    reads.add(read(tmp_path, Corrupt()))
    for _ in range(2):
        with pytest.raises(RecordUnreadable, match="another checksum"):
            reads.look()


def test_reads_of_a_batch_are_looked_at_no_more(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    reads = NativeReads()
    reads.add(read(tmp_path))
    kept = reads.count
    reads.add(read(tmp_path))
    reads.look()
    reads.keep(kept)
    assert reads.count == 1
    (tmp_path / "a").unlink()
    with pytest.raises(ObjectChanged, match="it is gone"):
        reads.look()
    reads.keep(0)
    reads.look()


def test_what_a_commit_has_decided_about_is_forgotten_by_the_next_job(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_bytes(b"x")
    reads = NativeReads()
    reads.add(read(tmp_path / "one"))
    reads.look()
    reads.decide()
    reads.add(read(tmp_path / "two", Corrupt()))  # after the commit: no commit has decided about it
    reads.begin_next()
    assert reads.paths == {f"file://{tmp_path}/two/a"}
    (tmp_path / "one" / "a").unlink()
    with pytest.raises(RecordUnreadable):
        reads.look()
    (tmp_path / "two" / "a").unlink()
    with pytest.raises(ObjectChanged, match="Nothing was committed since then"):
        reads.look()


def test_pages_that_were_looked_at_stay_so_when_earlier_reads_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    reads, reader = NativeReads(), Whole()
    reads.add(read(tmp_path, reader))
    reads.look()
    reads.decide()
    reads.begin_next()
    for _ in range(2):
        reads.add(read(tmp_path, reader))
        reads.look()
    assert reader.looks == 3


def test_the_error_of_lost_rows_says_what_was_committed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    reads, one = NativeReads(), read(tmp_path)
    reads.add(one)
    said = str(reads.lost_rows(one, 1, 0))
    assert said.startswith(
        f"file://{tmp_path}/ changed after this run listed it (it had 1 row, and the engine"
    )
    assert "Nothing was committed since then" in said
    reads.decide()
    assert "What was committed stays" in str(reads.lost_rows(one, 1, 0))
    reads.begin_next()
    assert "What was committed stays" in str(reads.lost_rows(one, 1, 0))


def test_an_object_that_changes_after_the_commit_fails_what_comes_then(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    reads = NativeReads()
    reads.add(read(tmp_path))
    reads.decide()
    (tmp_path / "a").unlink()
    with pytest.raises(
        ObjectChanged, match=r"changed after job.commit\(\).*What was committed stays"
    ) as caught:
        reads.look()
    assert "Nothing was committed" not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
