"""Spills are bounded, and one that is not whole is none."""

import errno
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.model.objects import ObjectMeta
from placekeeper.runtime.formats.json.reader import JsonReader
from placekeeper.runtime.scan import spills as module
from placekeeper.runtime.scan.cuts import Piece
from placekeeper.runtime.scan.spills import BOUND_BYTES, LEAST_BYTES, NO_SPILLS, Spills

CONTENT = b'{"a": "0123456789"}\n' * 10_000
META = Piece.whole(ObjectMeta(path="file:///a", last_modified_ms=0, size=len(CONTENT)))
READER = JsonReader(block_bytes=20_000)


def kept(spills: Spills, content: bytes = CONTENT) -> int | None:
    """The rows of the spill of an object; None if it has none."""
    schema = spills.schema(READER, io.BytesIO(content), META)
    found = spills.read(READER, META, schema.remove_metadata())
    return None if found is None else sum(batch.num_rows for batch in found)


def test_an_object_has_its_share(tmp_path: Path) -> None:
    assert kept(Spills(str(tmp_path), 2)) == 10_000
    for file in tmp_path.iterdir():
        file.unlink()
    assert kept(Spills(str(tmp_path), 0.3)) is None
    assert list(tmp_path.iterdir()) == []


def test_a_small_object_has_none(tmp_path: Path) -> None:
    spills = Spills(str(tmp_path), 1)
    small = Piece.whole(ObjectMeta(path="file:///a", last_modified_ms=0, size=LEAST_BYTES - 1))
    spills.schema(READER, io.BytesIO(CONTENT), small)
    assert list(tmp_path.iterdir()) == []


def test_all_spills_of_a_run_are_bounded(tmp_path: Path) -> None:
    room = Spills.below(tmp_path, 1)
    assert 0 < room.share <= BOUND_BYTES
    with Path(room.folder, "other").open("wb") as file:
        file.truncate(BOUND_BYTES - 1000)  # takes no room on the disk
    assert Spills.below(tmp_path, 500).share == 2 or Spills.below(tmp_path, 500) is NO_SPILLS
    assert Spills.below(tmp_path, 4001) is NO_SPILLS


def test_a_broken_file_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="broken JSON"):
        kept(Spills(str(tmp_path), 2), CONTENT + b"{oops")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, *_: Any) -> None:
            pass

        def write_batch(self, _batch: Any) -> None:
            raise OSError(errno.ENOSPC, "no space left")

        def close(self) -> None:
            pass

    monkeypatch.setattr(module.pa.ipc, "new_stream", Full)
    assert kept(Spills(str(tmp_path), 2)) is None
    assert list(tmp_path.iterdir()) == []


def test_a_type_that_is_nested_too_deep_leaves_nothing(tmp_path: Path) -> None:
    deep = pa.array([None], pa.int8())
    for _ in range(100):
        deep = pa.StructArray.from_arrays([deep], ["a"])
    spill = module._Spill(str(tmp_path / "spill"), 1 << 20)
    spill.add(pa.record_batch({"a": deep}))
    spill.keep()
    assert list(tmp_path.iterdir()) == []
