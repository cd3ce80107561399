"""Looks at natively read objects before a commit."""

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
